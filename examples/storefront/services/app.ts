import { App, type AppProps } from 'aws-cdk-lib/core';
import { type Databases, localDatabases } from './database.js';
import { StorefrontStack } from './storefront-stack.js';

/** How the shop's app is made. */
export interface StorefrontAppProps extends AppProps {
  /** Default: `Storefront`. */
  readonly stackName?: string;
  /** Default: those of the local cloud where the app runs in one, or else none. */
  readonly databases?: Databases;
  /** Whether the data goes with the stack. Default: in the local cloud. */
  readonly development?: boolean;
}

/** The CDK app of the shop. */
export function storefront(props: StorefrontAppProps = {}): App {
  const {
    stackName = 'Storefront',
    databases = localDatabases(),
    development = Object.keys(databases).length > 0,
    ...rest
  } = props;
  const app = new App(rest);
  new StorefrontStack(app, stackName, {
    description: 'A shop of four services: catalog, sales, browse, insights',
    databases,
    development,
  });
  return app;
}
