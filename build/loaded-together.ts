import { resolve } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

/** Modules that the same functions load when they start. */
interface Group {
  readonly name: string;
  readonly modules: readonly string[];
  /** What loads them, when it starts or later: paths of sources in the project. */
  readonly entries: readonly string[];
}

/**
 * Finds the modules that the same functions load when they start.
 *
 * esbuild makes a file for each set of entries that use a module, and what is loaded later is an entry too: tens of small
 * files for each function, which took a third of the time that it starts in. So we build twice: see `loadedTogether`.
 *
 * @param functions paths of their sources in the project
 */
export function groupsIn({ outputs }: Metafile, functions: readonly string[]): readonly Group[] {
  const loaded = Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
    entryPoint === undefined ? [] : [{ entryPoint, paths: loadedWith(path, outputs) }],
  );
  const modules = new Map<string, string[]>();
  const entries = new Map<string, Set<string>>();
  for (const [path, { entryPoint, inputs }] of Object.entries(outputs)) {
    const loading = loaded.filter(({ paths }) => paths.has(path)).map((entry) => entry.entryPoint);
    const name = functions.filter((each) => loading.includes(each)).join();
    if (entryPoint === undefined && name !== '') {
      modules.set(name, [...(modules.get(name) ?? []), ...Object.keys(inputs)]);
      entries.set(name, new Set([...(entries.get(name) ?? []), ...loading]));
    }
  }
  return Array.from(modules, ([name, inputs]) => ({ name, modules: inputs, entries: [...(entries.get(name) ?? [])] }));
}

/** The output and all that it imports, but for what it loads later. */
function loadedWith(path: string, outputs: Metafile['outputs']): ReadonlySet<string> {
  const paths = new Set([path]);
  for (const each of paths) {
    for (const { path: imported, kind } of outputs[each]?.imports ?? []) {
      if (kind === 'import-statement' && outputs[imported]) {
        paths.add(imported);
      }
    }
  }
  return paths;
}

/** Import statements by which an entry loads all of each group that it loads any module of. */
export function importsOfGroups(groups: readonly Group[], entry: string): string {
  return groups
    .filter(({ entries }) => entries.includes(entry))
    .map(({ name }) => `import ${JSON.stringify(`group:${name}`)};`)
    .join(' ');
}

/** Makes one file of each group: whoever imports one of its modules imports all, so that the same entries use them. */
export function loadedTogether(groups: readonly Group[], projectDirectory: string): Plugin {
  const specifierOf = (module: string) =>
    module.startsWith('builtin:') ? module.slice('builtin:'.length) : resolve(projectDirectory, module);
  const contents = new Map(
    groups.map(({ name, modules }) => [
      name,
      modules.map((module) => `import ${JSON.stringify(specifierOf(module))};`).join('\n'),
    ]),
  );
  return {
    name: 'loaded-together',
    setup(build) {
      build.onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice('group:'.length), namespace: 'group' }));
      build.onLoad({ filter: /./, namespace: 'group' }, ({ path }) => ({
        contents: contents.get(path) ?? '',
        resolveDir: projectDirectory,
      }));
    },
  };
}
