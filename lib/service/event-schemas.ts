import * as fs from 'fs';
import * as path from 'path';
import * as eventschemas from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { addFinding } from '../private/findings';
import { Service } from './service';

/** Properties of `EventSchemas`. */
export interface EventSchemasProps {
  /**
   * Files with the schemas of streams that the service publishes; `eventSchemas(stream)` of the Lambda library makes what is
   * in them. A relative path starts where the app is run.
   */
  readonly files: string[];
  /**
   * The name of the registry.
   * @default - the service's name
   */
  readonly registryName?: string;
}

/**
 * The contracts of a service's streams in EventBridge's schema registry, where code for other languages is generated from
 * them. Local clouds and LocalStack know no registry: create it for an account only.
 *
 * @example
 * declare const catalog: Service;
 * new EventSchemas(catalog, 'Schemas', { files: ['contracts/product.schema.json'] });
 */
export class EventSchemas extends Construct {
  /** The name of the registry. */
  public readonly registryName: string;

  public constructor(scope: Construct, id: string, props: EventSchemasProps) {
    super(scope, id);
    const service = Service.of(this);
    this.registryName = props.registryName ?? service.serviceName;
    const registry = new eventschemas.CfnRegistry(this, 'Registry', {
      registryName: this.registryName,
      description: `What ${service.serviceName} publishes`,
    });
    const files = new Map<string, string>();
    for (const file of props.files) {
      const found = read(file);
      if (found.finding !== undefined) {
        addFinding(this, found.finding);
        continue;
      }
      const earlier = files.get(found.stream);
      if (earlier !== undefined) {
        addFinding(
          this,
          `"${earlier}" and "${file}" both have the schemas of the stream "${found.stream}"; give one of them`,
        );
        continue;
      }
      files.set(found.stream, file);
      this.checkPublished(service, found.stream, file);
      new eventschemas.CfnSchema(this, found.stream, {
        registryName: registry.attrRegistryName,
        schemaName: `${service.serviceName}@${found.stream}`,
        description: `Commits of the stream ${found.stream}`,
        type: 'OpenApi3',
        content: JSON.stringify(withSource(found.document, service.serviceName)),
      });
    }
  }

  /** Known only when all of the app is there. */
  private checkPublished(service: Service, stream: string, file: string): void {
    this.node.addValidation({
      validate: () =>
        service._streams.has(stream)
          ? []
          : [
              `"${file}" has the schemas of the stream "${stream}", which ${service.node.path} does not publish; it ` +
                `publishes ${[...service._streams.keys()].join(', ') || 'none'}: give the schemas to the service that does`,
            ],
    });
  }
}

interface Document {
  readonly info: { readonly title: string };
  readonly components: { readonly schemas: { readonly AWSEvent: object } };
}

interface Found {
  readonly stream: string;
  readonly document: Document;
  readonly finding?: undefined;
}

interface NotFound {
  readonly finding: string;
}

function read(file: string): Found | NotFound {
  const whole = path.resolve(file);
  if (!fs.existsSync(whole)) {
    return {
      finding:
        `files has "${file}", and there is no ${whole}; a relative path starts at the directory in which the app is ` +
        'run: write the file with eventSchemas(stream) when the contracts are built',
    };
  }
  const document = parsed(fs.readFileSync(whole, 'utf8'));
  return isDocument(document)
    ? { stream: document.info.title, document }
    : { finding: `"${file}" has no schemas of a stream; write it with JSON.stringify(eventSchemas(stream))` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDocument(value: unknown): value is Document {
  const { info, components } = membersOf(value);
  const { AWSEvent } = membersOf(membersOf(components).schemas);
  return typeof membersOf(info).title === 'string' && typeof AWSEvent === 'object' && AWSEvent !== null;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function withSource(document: Document, source: string): object {
  const { schemas } = document.components;
  const event = { ...schemas.AWSEvent, 'x-amazon-events-source': source };
  return { ...document, components: { ...document.components, schemas: { ...schemas, AWSEvent: event } } };
}
