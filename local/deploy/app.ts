import type { Toolkit } from '@aws-cdk/toolkit-lib';
import type { Place } from './place.js';

type AssemblySource = Awaited<ReturnType<Toolkit['fromCdkApp']>>;

/** An app of the CDK, as far as a deployment needs it. */
export interface SynthesizedApp {
  synth(): { readonly directory: string };
}

/**
 * An app: a function that builds it into the given folder (`new App({ outdir })`), or the command line that runs it,
 * as in cdk.json.
 */
export type CloudApp = string | ((outdir: string) => SynthesizedApp | Promise<SynthesizedApp>);

/** How an app is synthesised. */
export interface SynthOptions {
  readonly app: CloudApp;
  /** Where a command line runs. @default the working directory */
  readonly workingDirectory?: string;
  /**
   * Whether assets are copied into the assembly. Without, the template's metadata names their source folders.
   * @default true
   */
  readonly assetStaging?: boolean;
  /** Where the assembly goes. @default a temporary folder */
  readonly outdir?: string;
}

/** The app as the toolkit takes it. */
export function assemblySource(toolkit: Toolkit, options: SynthOptions, place: Place): Promise<AssemblySource> {
  const { app, outdir, assetStaging = true } = options;
  const isAccount = place.accountId !== undefined;
  const common = {
    ...(outdir === undefined ? {} : { outdir }),
    lookups: isAccount,
    synthOptions: { validation: isAccount, assetStaging, ...asRead(assetStaging) },
  };
  if (typeof app === 'string') {
    return toolkit.fromCdkApp(app, {
      ...common,
      ...(options.workingDirectory === undefined ? {} : { workingDirectory: options.workingDirectory }),
      env: { ...place.environment },
    });
  }
  return toolkit.fromAssemblyBuilder(
    async (props) => (await app(props.outdir ?? '')).synth(),
    // the environment is set already, and for as long as the deployment takes
    { ...common, clobberEnv: false },
  );
}

/** The toolkit documents the setting as `assetStaging` and reads it as `staging`. */
function asRead(staging: boolean): object {
  return { staging };
}
