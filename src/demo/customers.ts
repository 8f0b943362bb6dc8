import type { DemoAccount, DemoContact, DemoGrant, When } from './company.ts'

// Each expiry is chosen so that, at whatever hour of whatever day, its stage is the same: `days` of 31 to 59 is within
// 60 days' notice only, 8 to 29 within 30, 2 to 6 within 7; a few hours are within one day; -1 to -5 are gone and told.

type Money = readonly [unit: string, amount: string, remaining: string]
type Extra = Partial<Pick<DemoGrant, 'name' | 'voided' | 'writtenOff' | 'expires'>>

const days = (count: number): When => ({ days: count })
const soon: When = { hours: 6 }

function purchased(expires: When, [unit, amount, remaining]: Money, extra: Extra = {}): DemoGrant {
  const granted = 'days' in expires ? days(expires.days - 365) : days(-364)
  return { kind: 'purchased', name: null, unit, amount, remaining, granted, expires, ...extra }
}

function promotional(expires: When, [unit, amount, remaining]: Money, extra: Extra = {}): DemoGrant {
  const granted = 'days' in expires ? days(expires.days - 90) : days(-89)
  return { kind: 'promotional', name: null, unit, amount, remaining, granted, expires, ...extra }
}

const contact = (name: string | null, email: string, more: Omit<DemoContact, 'name' | 'email'> = {}): DemoContact => ({
  name,
  email,
  ...more,
})

const account = (
  [name, timeZone]: readonly [string, string],
  contacts: DemoContact | readonly DemoContact[],
  grants: DemoGrant | readonly DemoGrant[],
  more: Pick<DemoAccount, 'closed' | 'locale' | 'usage'> = {},
): DemoAccount => ({
  name,
  timeZone,
  contacts: [contacts].flat(),
  grants: [grants].flat(),
  ...more,
})

const using = (...usage: NonNullable<DemoAccount['usage']>) => ({ usage })

/**
 * From the last zone to reach a day to the first. Names are as real ones are: with markup, quotes, other scripts; and some
 * read a language that no mail is written in.
 */
export const CUSTOMERS: readonly DemoAccount[] = [
  account(
    ['Fagatogo Ferry Co-op', 'Pacific/Pago_Pago'],
    contact('Sina Tuiasosopo', 'sina@fagatogo-ferry.example'),
    purchased(days(5), ['USD', '250.00', '81.40']),
    using(['USD', '3.20']),
  ),
  account(
    ['Mauna Trail Rescue', 'Pacific/Honolulu'],
    contact('Kaʻiulani Kahananui', 'dispatch@maunatrail.example'),
    purchased(days(28), ['USD', '100.00', '100.00']),
    using(['USD', '0']),
  ),
  account(
    ['<b>Bold</b> Moves & Sons', 'America/Anchorage'],
    contact('Robert "Bobby" <i>Tables</i>', 'bobby@boldmoves.example'),
    purchased(days(4), ['USD', '500.00', '312.75']),
  ),
  account(
    ['Pathfinder Robotics', 'America/Los_Angeles'],
    contact('Dana Whitfield', 'dana@pathfinder-robotics.example'),
    [
      promotional(days(5), ['credits', '25000', '18250'], { name: 'Developer Day 2026' }),
      purchased(days(3), ['USD', '200.00', '64.10'], { name: 'Prepaid pack, spring' }),
      purchased(days(27), ['USD', '200.00', '200.00'], { name: 'Prepaid pack, summer' }),
      purchased(days(150), ['USD', '1000.00', '1000.00']),
    ],
    using(['USD', '9.40'], ['credits', '1150']),
  ),
  account(
    ['Tumbleweed Deliveries', 'America/Denver'],
    contact("Shaun O'Malley-O’Hara", 'ops@tumbleweed.example'),
    purchased(soon, ['USD', '75.00', '22.05']),
    using(['USD', '4.10']),
  ),
  account(
    ['{{Mustache}} Barbershops', 'America/Chicago'],
    contact('{% Moe %}', 'moe@mustache-barbers.example'),
    promotional(days(6), ['USD', '50.00', '50.00'], { name: '{{ welcome }} credit' }),
  ),
  account(
    ['Null Island Charters', 'America/New_York'],
    contact('Christopher Null', 'null@nullisland.example'),
    purchased(days(-2), ['USD', '120.00', '0'], { writtenOff: '37.20' }),
  ),
  account(
    ['Café Montréal 514 inc.', 'America/Toronto'],
    contact('Zoé L’Écuyer', 'zoe@cafe514.example', { locale: 'fr-CA' }),
    purchased(days(45), ['USD', '80.00', '79.99']),
  ),
  account(
    ['Bluenose Surveying\r\nBcc: everyone@example.com', 'America/Halifax'],
    contact('Iain\r\nMacNeil', 'iain@bluenose-survey.example'),
    purchased(days(20), ['USD', '150.00', '48.30']),
  ),
  account(
    ["Signal Hill Couriers '); DROP TABLE grants;--", 'America/St_Johns'],
    contact('Gerry Pike', 'gerry@signalhill.example'),
    purchased(days(-1), ['USD', '60.00', '12.50']),
  ),
  account(
    ['Açaí & Cia. Ltda.', 'America/Sao_Paulo'],
    contact('Conceição Araújo', 'conceicao@acai.example'),
    promotional(days(21), ['credits', '5000', '4120'], { name: 'Welcome credits' }),
    { ...using(['credits', '62.5']), locale: 'pt-BR' },
  ),
  account(
    ['Trilha do Atalaia', 'America/Noronha'],
    contact('João Gonçalves', 'joao@atalaia.example'),
    promotional(days(40), ['credits', '3000', '3000']),
    { locale: 'pt-BR' },
  ),
  account(
    ['Baleias & Companhia', 'Atlantic/Azores'],
    contact('Inês Melo', 'ines@baleias.example'),
    purchased(days(3), ['EUR', '90.00', '14.90']),
    { locale: 'pt-PT' },
  ),
  account(
    ['R&D <beta> Labs', 'Europe/London'],
    [
      contact('Priya Raghunathan', 'priya@rd-beta.example', { locale: 'en-GB' }),
      contact('Accounts Payable', 'ap@rd-beta.example', { locale: 'en-GB', timeZone: 'Asia/Kolkata' }),
    ],
    purchased(days(4), ['EUR', '1000.00', '640.00']),
  ),
  account(
    ['Fáilte Tours', 'Europe/Dublin'],
    contact('Siobhán Ní Dhomhnaill', 'siobhan@failte.example'),
    purchased(days(5), ['EUR', '40.00', '0.30']),
  ),
  account(
    ['Eléctricos de Lisboa', 'Europe/Lisbon'],
    contact('Rui Tavares', 'rui@electricos.example', { locale: 'pt-PT' }),
    [
      promotional(days(-3), ['credits', '10000', '0'], { name: 'Developer Day 2026', writtenOff: '8800' }),
      purchased(days(50), ['EUR', '300.00', '211.35']),
    ],
  ),
  account(
    ['O’Brien & Søn A/S', 'Europe/Copenhagen'],
    contact('Søren Ågård', 'soren@obrien-soen.example'),
    purchased(soon, ['EUR', '120.00', '119.40']),
    { locale: 'da-DK' },
  ),
  account(
    ['Jetzt! Kurier GmbH & Co. KG', 'Europe/Berlin'],
    contact('Jürgen Groß-Müßig', 'juergen@jetzt-kurier.example'),
    Array.from({ length: 12 }, (_, index) =>
      purchased(days(8 + index), ['EUR', '50.00', `${50 - index * 3}.00`], { name: `Top-up ${index + 1} of 12` }),
    ),
    { ...using(['EUR', '5.10']), locale: 'de-DE' },
  ),
  account(
    ['Żółw Express', 'Europe/Warsaw'],
    contact('Grzegorz Brzęczyszczykiewicz', 'grzegorz@zolw.example'),
    purchased(days(14), ['EUR', '60.00', '60.00'], { voided: days(-10) }),
    { locale: 'pl-PL' },
  ),
  account(
    ['Ναυτιλιακή Αιγαίου', 'Europe/Athens'],
    contact('Ελένη Παπαδοπούλου', 'eleni@aegean-nav.example'),
    purchased(days(25), ['EUR', '75.00', '31.00']),
    { locale: 'el-GR' },
  ),
  account(['Nile Felucca Rides', 'Africa/Cairo'], [], purchased(days(4), ['USD', '30.00', '18.00'])),
  account(
    ['Veld & Berg Drones', 'Africa/Johannesburg'],
    contact('Thandiwe Nkosi', 'thandiwe@veldberg.example'),
    purchased(days(-4), ['USD', '45.00', '0']),
  ),
  account(
    ['ООО «Северный путь»', 'Europe/Moscow'],
    contact('Аксинья Щербакова', 'aksinya@sevput.example'),
    purchased(days(55), ['credits', '90000', '61234.5']),
    { locale: 'ru-RU' },
  ),
  account(
    ['شركة الواحة للنقل', 'Asia/Riyadh'],
    contact('عبد الرحمن الحربي', 'abdulrahman@alwaha.example'),
    purchased(days(6), ['USD', '400.00', '260.00']),
    { locale: 'ar-SA' },
  ),
  account(
    ['Saffron Street Food Finder', 'Asia/Tehran'],
    contact('Shirin Azari', 'shirin@saffronstreet.example'),
    promotional(soon, ['credits', '1500', '1480'], { name: 'Thank you for your patience' }),
    { locale: 'fa-IR' },
  ),
  account(
    ['Dune Buggy Rentals 🏜️', 'Asia/Dubai'],
    contact('Layla 🌙 Haddad', 'layla@dunebuggy.example'),
    purchased(days(5), ['USD', '85.00', '85.00']),
  ),
  account(
    ['Hindukush Relief Maps', 'Asia/Kabul'],
    contact('Farid Noori', 'farid at relief maps'),
    purchased(days(4), ['USD', '20.00', '11.00']),
  ),
  account(
    ['Rickshaw Rush (Pvt.) Ltd.', 'Asia/Karachi'],
    contact('Ayesha Siddiqui', 'ayesha@rickshawrush.example', { wantsBillingEmail: false }),
    purchased(days(4), ['USD', '55.00', '21.00']),
  ),
  account(
    ['धीरे चलो Logistics', 'Asia/Kolkata'],
    contact('அருண் Krishnamurthy', 'arun@dheere.example'),
    purchased(days(6), ['USD', '35.00', 'NaN']),
    { locale: 'hi-IN' },
  ),
  account(
    ['Himal Trek Planner', 'Asia/Kathmandu'],
    contact('Pasang Sherpa', 'pasang@himaltrek.example'),
    // The ledger states no expiry: the policy's year from the day it was granted gives one.
    purchased(days(19), ['USD', '65.00', '40.25'], { expires: null }),
  ),
  account(
    ['Padma River Freight', 'Asia/Dhaka'],
    contact('Md. Rahman', 'rahman@padmafreight.example'),
    purchased(days(-1), ['USD', '25.00', '0'], { writtenOff: '25.00' }),
  ),
  account(
    ['Công ty Bản Đồ Việt', 'Asia/Ho_Chi_Minh'],
    contact('Nguyễn Thị Ánh', 'anh@bandoviet.example'),
    purchased(days(2), ['USD', '110.00', '58.60']),
    { ...using(['USD', '44.00']), locale: 'vi-VN' },
  ),
  account(
    ['Merlion Last-Mile Pte Ltd', 'Asia/Singapore'],
    contact('Ng', 'ng@merlion.example'),
    purchased(days(33), ['USD', '2000.00', '1875.50']),
    { closed: days(-12) },
  ),
  account(
    ['Eucla Roadhouse', 'Australia/Eucla'],
    contact(null, 'stay@eucla-roadhouse.example'),
    promotional(days(3), ['USD', '10.00', '7.77']),
  ),
  account(
    ['株式会社みなと地図', 'Asia/Tokyo'],
    contact('渡邉 さくら', '渡邉@minato-chizu.example'),
    purchased(days(24), ['JPY', '48000', '31200']),
    { ...using(['JPY', '640']), locale: 'ja-JP' },
  ),
  account(
    ['Coorong Birdwatch', 'Australia/Adelaide'],
    contact('Mackenzie Featherstonehaugh-Cholmondeley', 'mack@coorong.example'),
    purchased(days(-5), ['USD', '15.00', '9.10']),
  ),
  account(
    ['Harbour & Heads Water Taxis', 'Australia/Sydney'],
    contact('Jack Nguyen', 'jack@harbourheads.example'),
    purchased(soon, ['USD', '300.00', '141.00'], { name: 'Prepaid pack' }),
  ),
  account(
    ['Taumatawhakatangihangakoauauotamateaturipukakapikimaungahoronukupokaiwhenuakitanatahu Tours', 'Pacific/Auckland'],
    contact('Aroha Ngata', 'aroha@taumata.example'),
    purchased(days(26), ['USD', '95.00', '95.00']),
  ),
  account(
    ['Chatham Rise Charts', 'Pacific/Chatham'],
    contact('Tāmati Solomon', 'tamati@chathamrise.example'),
    purchased(days(-3), ['USD', '70.00', '33.33']),
  ),
  account(
    ['Line Islands Weather', 'Pacific/Kiritimati'],
    contact('Teburoro Tito', 'teburoro@lineislands.example'),
    purchased(days(6), ['USD', '140.00', '99.95']),
  ),
]
