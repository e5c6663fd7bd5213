/**
 * SQL has its values bound, never spliced in: a value that is part of the text is an injection, or one plan per value. A
 * text of SQL is therefore one literal. What may stand in a text is a name that `quoted(…)` made safe.
 */

/** How a text of SQL begins, in words that no sentence begins with; `x` stands for what is spliced in. */
const SQL = [
  'select\\s',
  'insert\\s+into\\s',
  'update\\s+\\S+\\s+set\\s',
  'delete\\s+from\\s',
  'with\\s+(recursive\\s+)?\\S+\\s+(as\\s|select\\s)',
  'merge\\s+into\\s',
  'truncate\\s+table\\s',
  '(create|alter|drop)\\s+(or\\s+replace\\s+)?(unique\\s+)?(table|schema|index|role|user|database|function|procedure|view|type|trigger|sequence)\\s',
  '(grant|revoke)\\s+[\\w, ]+\\s(on|to|from)\\s',
  'set\\s+(local\\s+|session\\s+)?[\\w.]+\\s*=',
];
const BEGINS = new RegExp(`^\\s*(${SQL.join('|')})`, 'i');

/** Whoever gets a text of SQL. */
const TAKERS = new Set(['query', 'execute', 'sql']);
const MEMBERS = new Set(['sql', 'Statement']);

/** Files whose task it is to make a text out of others, each with what it splices. */
export const COMPOSERS = {
  'lambdas/cqrs/commit-writes.ts':
    "PartiQL binds no table and no attribute's name: the table is the stack's, the names are here",
  'lambdas/cqrs/outbox.ts': 'the call of a function whose parameters are all bound, in two forms that stand here',
  'lambdas/cqrs/postgres-view-store.ts': 'the name of one of its own functions',
  'lambdas/cqrs/postgres-view.ts': "a user's statement, whole and only one, inside another; its parameters stay bound",
  'lambdas/cqrs/returned-form.ts':
    "users' statements, each whole and only one, as parts of one; their parameters are renamed",
  'lambdas/stores/migrations/module.ts': 'DDL binds nothing: names are quoted, rights are words that stand here',
  'local/data-api/mariadb/session.ts': 'KILL binds nothing, and the number is that of a connection',
  'local/mariadb/databases.ts': 'DDL binds nothing: names and the password are escaped by the driver',
  'local/mariadb/template.ts': 'ALTER USER binds nothing, and the password was made here, of hexadecimal digits',
  'local/postgres/databases.ts': 'DDL binds nothing: the name was checked by a pattern before',
};

/** A name that was made safe, or a constant of the file. */
const isSafe = (expression) =>
  (expression.type === 'Identifier' && /^[A-Z][A-Z0-9_]*$/.test(expression.name)) ||
  (expression.type === 'CallExpression' &&
    expression.callee.type === 'Identifier' &&
    expression.callee.name === 'quoted');

/** The text with an `x` for each value, and whether there is one. */
function partsOf(node) {
  if (node.type === 'TemplateLiteral') {
    return {
      text: node.quasis.map(({ value }) => value.cooked ?? '').join('x'),
      spliced: node.expressions.some((each) => !isSafe(each)),
    };
  }
  if (node.type === 'Literal' && typeof node.value === 'string') return { text: node.value, spliced: false };
  if (node.type === 'BinaryExpression' && node.operator === '+') {
    const [left, right] = [partsOf(node.left), partsOf(node.right)];
    return { text: left.text + right.text, spliced: left.spliced || right.spliced };
  }
  return { text: 'x', spliced: !isSafe(node) };
}

/** @type {import('eslint').Rule.RuleModule} */
export const rule = {
  meta: {
    type: 'problem',
    docs: { description: 'SQL only with bound parameters' },
    messages: {
      spliced:
        'a value is spliced into a text of SQL: name it in the text as :value and pass it as a parameter; a name of a ' +
        'table or column goes through quoted(…)',
    },
    schema: [],
  },
  create(context) {
    const reported = new Set();
    const check = (node, anyText) => {
      if (node.type !== 'TemplateLiteral' && node.type !== 'BinaryExpression') return;
      const { text, spliced } = partsOf(node);
      if (!spliced || !(anyText || BEGINS.test(text)) || reported.has(node)) return;
      reported.add(node);
      context.report({ node, messageId: 'spliced' });
    };
    const isPart = ({ parent }) => parent.type === 'BinaryExpression' && parent.operator === '+';
    const nameOf = (node) => (node.type === 'MemberExpression' ? node.property.name : node.name);
    return {
      TemplateLiteral: (node) => isPart(node) || check(node, false),
      'BinaryExpression[operator="+"]': (node) => isPart(node) || check(node, false),
      CallExpression: ({ callee, arguments: [text] }) => text && TAKERS.has(nameOf(callee)) && check(text, true),
      Property: ({ key, value }) => MEMBERS.has(key.name) && check(value, true),
    };
  },
};
