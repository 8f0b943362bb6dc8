// Does the steps of deploy/Dockerfile in folders, where there is no engine to build an image with: what it copies, in what
// order, and its commands, under the Node that runs this. Then starts what came out, made read-only.
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Copy, DockerfileParser } from 'dockerfile-ast'
import { packageFolder } from '../src/paths.ts'

type Stage = { name: string; workdir: string }

const root = await mkdtemp(join(tmpdir(), 'image-'))
try {
  await replay()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  spawnSync('chmod', ['-R', 'u+w', root])
  await rm(root, { recursive: true })
}

async function replay(): Promise<void> {
  const text = await readFile(join(packageFolder, 'deploy/Dockerfile'), 'utf8')
  const ignored = await readFile(join(packageFolder, '.dockerignore'), 'utf8')
  let stage: Stage = { name: '', workdir: '/' }
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const words = instruction.getArguments().map(String)
    switch (instruction.getInstruction()) {
      case 'FROM':
        stage = { name: words[2] ?? 'final', workdir: '/' }
        break
      case 'WORKDIR':
        stage.workdir = words[0] ?? '/'
        await mkdir(placeOf(stage.name, stage.workdir), { recursive: true })
        break
      case 'COPY':
        await copy(instruction as Copy, words, { stage, ignored: ignored.split('\n') })
        break
      case 'RUN':
        run(['sh', '-c', instruction.getArgumentsContent() ?? ''], placeOf(stage.name, stage.workdir))
        break
      case 'ENTRYPOINT': {
        run(['chmod', '-R', 'a-w', join(root, stage.name)], root)
        const program = (JSON.parse(instruction.getArgumentsContent() ?? '[]') as string[])[1] ?? ''
        run([process.execPath, placeOf(stage.name, program), '--version'], '/')
        run([process.execPath, placeOf(stage.name, program), 'send-test', '--help'], '/')
        run(['du', '-sh', placeOf(stage.name, stage.workdir)], root)
      }
    }
  }
}

function placeOf(stage: string, path: string): string {
  return join(root, stage, path)
}

async function copy(
  instruction: Copy,
  words: readonly string[],
  { stage, ignored }: Readonly<{ stage: Stage; ignored: readonly string[] }>,
): Promise<void> {
  const from = instruction.getFromFlag()?.getValue() ?? undefined
  const target = placeOf(stage.name, stage.workdir)
  const sources = words.slice(0, -1).flatMap((path) => (path === '.' ? letIn(ignored) : [path]))
  for (const source of sources) {
    const path = from === undefined ? join(packageFolder, source) : placeOf(from, source)
    const name = from === undefined ? source : (source.split('/').at(-1) ?? source)
    await cp(path, join(target, name), {
      recursive: true,
      filter: (each) =>
        from !== undefined || !ignored.some((line) => line !== '*' && each === join(packageFolder, line)),
    })
  }
}

/** The paths at the root that .dockerignore, which begins with `*`, lets in. */
function letIn(ignored: readonly string[]): readonly string[] {
  return ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
}

function run([command = '', ...args]: readonly string[], cwd: string): void {
  console.log(`$ ${[command, ...args].join(' ').replaceAll(root, '')}`)
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
}
