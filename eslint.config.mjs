import js from '@eslint/js';
import awscdk from 'eslint-plugin-awscdk';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { COMPOSERS, rule as boundSql } from './scripts/lint/bound-sql.mjs';

/**
 * What comes in from outside, so that a test or a simulation can replace it. It may stand where a default stands:
 * as the default of a parameter or an option (`now = () => new Date()`, `options.now ?? …`), or under a name that
 * says so (`const systemClock = () => new Date()`).
 */
const ambient = (what, selector) => ({
  selector: `${selector}:not(AssignmentPattern *, LogicalExpression[operator='??'] *, VariableDeclarator[id.name=/^system/] *)`,
  message: `take ${what} as a parameter with a default: a test has to be able to set it.`,
});

const AMBIENT = [
  ambient('the clock', "NewExpression[callee.name='Date'][arguments.length=0]"),
  ambient('the clock', "CallExpression[callee.object.name='Date'][callee.property.name='now']"),
  ambient('randomness', "CallExpression[callee.object.name='Math'][callee.property.name='random']"),
  ambient('ids', "CallExpression[callee.name='randomUUID']"),
  ambient('ids', "CallExpression[callee.property.name='randomUUID']"),
];

const ENVIRONMENT = ambient('the environment', "MemberExpression[object.name='process'][property.name='env']");

export default defineConfig(
  globalIgnores(['**/dist/', '**/cdk.out/', '**/.local/', '**/node_modules/', '**/*.snapshot/', '**/*.d.ts']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A namespace of static factories is how jsii offers choices.
      '@typescript-eslint/no-extraneous-class': 'off',
      // Handlers are async by contract, whether they wait or not.
      '@typescript-eslint/require-await': 'off',
      // `T` in `get<T>(): T` says what the caller expects; the alternative is a cast at each call.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // Knows nothing of constructs that jsii or a factory made.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Environments are objects with names that come from elsewhere.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // `() => void f()` says that nobody waits for the answer.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Terminals speak in control characters.
      'no-control-regex': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['lib/**/*.ts', 'bin/**/*.ts', 'examples/**/infrastructure/**/*.ts', 'examples/**/*stack.ts'],
    plugins: awscdk.configs.recommended.plugins,
    rules: {
      ...awscdk.configs.recommended.rules,
      // A construct of this kit exposes the L2 that it wraps, as a class: that is the point of wrapping.
      'awscdk/no-construct-in-public-property-of-construct': 'off',
    },
  },
  {
    files: ['lib/**/*.ts'],
    rules: {
      'awscdk/require-props-default-doc': 'error',
      // `fromXxx(scope, id)` makes its construct in the scope that it is given, and what it makes has no props.
      'awscdk/require-passing-this': 'off',
      'awscdk/construct-constructor-property': 'off',
      // jsii has no type-only imports of what its assembly mentions.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    // Helpers of constructs, not constructs: no props of users, and the id comes from the caller.
    files: ['lib/private/**/*.ts'],
    rules: {
      'awscdk/require-props-default-doc': 'off',
      'awscdk/no-construct-in-interface': 'off',
      'awscdk/no-variable-construct-id': 'off',
    },
  },
  {
    files: ['lambdas/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...AMBIENT, ENVIRONMENT] },
  },
  // The environment is read in files of that name and at the top of a handler.
  {
    files: ['lambdas/**/environment.ts', 'lambdas/**/*.handler.ts'],
    rules: { 'no-restricted-syntax': ['error', ...AMBIENT] },
  },
  {
    files: ['{lambdas,local,cli,examples}/**/*.ts'],
    // The conformance table is SQL written down for a test, about the texts themselves.
    ignores: ['**/*.spec.ts', 'local/data-api/conformance/**', ...Object.keys(COMPOSERS)],
    plugins: { house: { rules: { 'bound-sql': boundSql } } },
    rules: { 'house/bound-sql': 'error' },
  },
  {
    files: ['{lib,lambdas,local,cli}/**/index.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Program > :not(ExportAllDeclaration, ExportNamedDeclaration[source])',
          message: 'index.ts re-exports and nothing else: give what is written here a file of its own.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A test that meets undefined fails, which is what it is for.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // `expect.any()` and JSON of an answer are any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: { console: 'readonly', module: 'writable', process: 'readonly', require: 'readonly', URL: 'readonly' },
    },
  },
);
