/** The arrows of docs/decisions/arrows.md, one rule each. Checked by `npm run lint`, proved by test/house/arrows.unit.spec.ts. */

/** A pattern or the stores, as a folder of a wing: lib/cqrs/… */
const FOLDER = '^(lib|lambdas)/([^/]+)/';
const AWS_SDK = '^(@aws-sdk|@smithy|aws-sdk)(/|$)|node_modules/(@aws-sdk|@smithy|aws-sdk)/';
const CDK = '^(aws-cdk-lib|constructs|@aws-cdk)(/|$)|node_modules/(aws-cdk-lib|constructs|@aws-cdk)/';

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('no-cycles', 'files that import each other cannot be read, tested or loaded alone', {}, { circular: true }),
    rule(
      'resolvable',
      'an import leads to a file or a package that is there; aws-lambda is a name for types only',
      {},
      { couldNotResolve: true, pathNot: '^aws-lambda$' },
    ),
    rule(
      'lambdas-without-cdk',
      'what runs in Lambda never imports the CDK: it would be in each bundle',
      { path: '^lambdas/' },
      { path: `${CDK}|^(lib|bin)/` },
    ),
    rule(
      'lib-without-aws-sdk',
      'constructs describe resources and never call AWS',
      { path: '^lib/' },
      { path: `${AWS_SDK}|^lambdas/` },
    ),
    rule(
      'library-below-tools',
      'what users deploy never imports the local cloud, the command line, an example or a test',
      { path: '^(lib|lambdas)/' },
      { path: '^(local|cli|examples|test|scripts|bin|bench)/' },
    ),
    rule(
      'tools-below-examples',
      'local and cli serve any application; cli may use local, not the other way round',
      { path: '^local/' },
      { path: '^(cli|examples|test|scripts|bin)/' },
    ),
    rule(
      'cli-below-examples',
      'the command line knows no example',
      { path: '^cli/' },
      { path: '^(examples|test|scripts|bin)/' },
    ),
    rule(
      'stores-below-patterns',
      'a store is below all patterns and knows none',
      { path: '^(lib|lambdas)/stores/' },
      { path: FOLDER, pathNot: '^(lib|lambdas)/(stores|private)/' },
    ),
    rule(
      'patterns-through-index',
      'another pattern is used through its index.ts, which is what it promises; what a contract is made of and what tells ' +
        'a failure that passes, by themselves, so that a package of contracts loads no client',
      { path: FOLDER },
      {
        path: FOLDER,
        pathNot: [
          '^(lib|lambdas)/$2/',
          '^(lib|lambdas)/[^/]+/index\\.ts$',
          '^(lib|lambdas)/private/',
          '^lambdas/cqrs/(contract|stream|transient|validate)\\.ts$',
          '^lambdas/service/operation\\.ts$',
        ],
      },
    ),
    rule(
      'examples-by-package-name',
      'an example uses the kit as a stranger would: by the names of its packages',
      { path: '^examples/', pathNot: '\\.spec\\.ts$' },
      { path: '^(lib|lambdas|local|cli|scripts|test)/', dependencyTypesNot: ['aliased'] },
    ),
    rule(
      'no-tests-in-sources',
      'sources never import a test or its support',
      { path: '^(lib|lambdas|local|cli|examples|bin)/', pathNot: '\\.spec\\.ts$' },
      { path: '^test/|\\.spec\\.ts$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|cdk\\.out|\\.local)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    // The packages' names lead to their sources (tsconfig paths): the check needs no build.
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.json'],
    },
  },
};
