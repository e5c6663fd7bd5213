/** Imported first: what would otherwise be said on every run, and belongs to nobody's results. */
Object.assign(process.env, {
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  CDK_VALIDATION: 'false',
  JSII_DEPRECATED: 'quiet',
});
