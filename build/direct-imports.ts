import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Libraries whose modules do nothing but define what they export, so that one can be loaded without the others. */
const LIBRARY_FILE = /\/node_modules\/(@aws-sdk|@smithy|jose)\/.*\.js$/;
const FILE = new RegExp(`${LIBRARY_FILE.source}|/(functions|receiver|relying-party)/[^.]*\\.ts$`);

const IMPORT = /^import \{([^}]*)\} from ["']([^"']+)["'];/gm;
const IMPORT_NAMESPACE = /^import \* as (\w+) from ["']([^"']+)["'];/gm;
const EXPORT_FROM = /^export \{([^}]*)\} from ["']([^"']+)["'];/gm;
const EXPORT_ALL_FROM = /^export \* from ["']([^"']+)["'];/gm;
const IMPORT_OF_BUILTIN = /import\((['"]node:\w+['"])\)/g;
const DEFINITION = /^export (async )?(const|let|var|class|function\*?) /m;
const EXPORT = /^export \{([^}]*)\};/gm;

/** What stands between the braces of an import or an export. */
interface Specifier {
  /** The name before `as`, or the only one. */
  readonly from: string;
  /** The name after `as`, or the only one. */
  readonly to: string;
}

/** Where a name is defined: an export of a file, or where undefined, all exports of it as one object. */
interface Definition {
  readonly file: string;
  readonly name: string | undefined;
}

/**
 * Imports each name from the file that defines it, and not from the index of its library.
 *
 * With code splitting, esbuild has an entry load every file that is named in an import of what it loads, if any entry uses
 * that file: an index brings to each function what only one of them uses. A name whose definition is not found stays as it
 * is, and costs no more than the bytes.
 *
 * @param alsoImported further import statements of a source, by its path in the project
 */
export const directImports = (alsoImported: (source: string) => string = () => ''): Plugin => ({
  name: 'direct-imports',
  setup(build) {
    const { absWorkingDir = '' } = build.initialOptions;
    const libraries = new Libraries(async (specifier, resolveDir) => {
      const { path } = await build.resolve(specifier, { kind: 'import-statement', resolveDir });
      return path;
    });
    build.onLoad({ filter: FILE }, async ({ path }) => ({
      contents: `${alsoImported(relative(absWorkingDir, path))}${await libraries.withDirectImports(path)}`,
      loader: extname(path) === '.ts' ? 'ts' : 'js',
    }));
  },
});

type Resolve = (specifier: string, directory: string) => Promise<string>;

class Libraries {
  readonly #resolve: Resolve;
  readonly #files = new Map<string, Promise<string>>();
  readonly #sources = new Map<string, Promise<string>>();

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  async withDirectImports(file: string): Promise<string> {
    let source = await this.#read(file);
    if (LIBRARY_FILE.test(file) && DEFINITION.test(source)) {
      // An index that also defines something: what it passes on, nobody takes from it.
      source = source.replace(EXPORT_FROM, (statement) => '\n'.repeat(statement.split('\n').length - 1));
    }
    for (const [statement, braces = '', specifier = ''] of source.matchAll(IMPORT)) {
      const library = await this.#fileOf(specifier, file);
      if (LIBRARY_FILE.test(library)) {
        const imports = await Promise.all(specifiersIn(braces).map((each) => this.#directImport(library, each)));
        // In one line, and as many lines as before: stack traces name them.
        source = source.replace(statement, `${imports.join(' ')}${'\n'.repeat(statement.split('\n').length - 1)}`);
      }
    }
    return source.replace(IMPORT_OF_BUILTIN, 'Promise.resolve(process.getBuiltinModule($1))');
  }

  async #directImport(library: string, { from, to }: Specifier): Promise<string> {
    const { file, name } = (await this.#definition(library, from)) ?? { file: library, name: from };
    return `import ${name === undefined ? `* as ${to}` : `{ ${name} as ${to} }`} from ${JSON.stringify(file)};`;
  }

  async #definition(file: string, name: string): Promise<Definition | undefined> {
    const source = await this.#read(file);
    for (const [, braces = '', specifier = ''] of source.matchAll(EXPORT_FROM)) {
      const exported = specifiersIn(braces).find(({ to }) => to === name);
      if (exported) {
        return await this.#definition(await this.#fileOf(specifier, file), exported.from);
      }
    }
    for (const [, braces = ''] of source.matchAll(EXPORT)) {
      const exported = specifiersIn(braces).find(({ to }) => to === name);
      if (exported) {
        return (await this.#imported(file, source, exported.from)) ?? { file, name };
      }
    }
    return isDeclaredIn(source, name) ? { file, name } : await this.#definitionBehind(file, source, name);
  }

  /** Where a name that a file has imported is defined. */
  async #imported(file: string, source: string, local: string): Promise<Definition | undefined> {
    for (const [, braces = '', specifier = ''] of source.matchAll(IMPORT)) {
      const imported = specifiersIn(braces).find(({ to }) => to === local);
      if (imported) {
        return await this.#definition(await this.#fileOf(specifier, file), imported.from);
      }
    }
    for (const [, namespace, specifier = ''] of source.matchAll(IMPORT_NAMESPACE)) {
      if (namespace === local) {
        return { file: await this.#fileOf(specifier, file), name: undefined };
      }
    }
    return undefined;
  }

  /** Where a name is defined that a file exports with all that another one does. */
  async #definitionBehind(file: string, source: string, name: string): Promise<Definition | undefined> {
    for (const [, specifier = ''] of source.matchAll(EXPORT_ALL_FROM)) {
      const definition = await this.#definition(await this.#fileOf(specifier, file), name);
      if (definition) {
        return definition;
      }
    }
    return undefined;
  }

  /** By esbuild for the name of a package; most are paths within one, of which there are thousands. */
  #fileOf(specifier: string, importer: string): string | Promise<string> {
    const directory = dirname(importer);
    if (specifier.startsWith('.')) {
      const path = join(directory, specifier);
      return [path, `${path}.js`].find((file) => extname(file) !== '' && existsSync(file)) ?? join(path, 'index.js');
    }
    const key = `${specifier} in ${/^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(directory)?.[0]}`;
    const file = this.#files.get(key) ?? this.#resolve(specifier, directory);
    this.#files.set(key, file);
    return file;
  }

  #read(file: string): Promise<string> {
    const source = this.#sources.get(file) ?? readFile(file, 'utf8');
    this.#sources.set(file, source);
    return source;
  }
}

/** Without types, which are no part of what runs. */
function specifiersIn(braces: string): Specifier[] {
  return braces
    .split(',')
    .map((specifier) => specifier.trim())
    .filter((specifier) => specifier !== '' && !specifier.startsWith('type '))
    .map((specifier) => {
      const [from = '', to = from] = specifier.split(/\s+as\s+/);
      return { from, to };
    });
}

function isDeclaredIn(source: string, name: string): boolean {
  return new RegExp(`^export (async )?(const|let|var|class|function\\*?) ${name}\\b`, 'm').test(source);
}
