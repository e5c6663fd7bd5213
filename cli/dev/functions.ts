import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import {
  LambdaClient,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { clientOptions, deployedFunctions, type LocalCloud } from 'cdk-database-patterns-local';
import { zipFolder } from './zip.js';

interface Watched {
  readonly functionName: string;
  readonly folder: string;
  hash: string;
}

/** The deployed functions and the folders that their code comes from; sends what changed without a deployment. */
export class Functions {
  private watched: Watched[] = [];
  private readonly client: LambdaClient;

  constructor(private readonly cloud: LocalCloud) {
    this.client = new LambdaClient(clientOptions(cloud));
  }

  /** The folders that hold code. */
  get folders(): readonly string[] {
    return [...new Set(this.watched.map(({ folder }) => folder))];
  }

  /** Learns what the deployed stacks say. */
  async learn(stacks: readonly string[]): Promise<void> {
    this.watched = (await deployedFunctions(this.cloud, stacks)).flatMap(({ functionName, metadata }) => {
      const path = metadata['aws:asset:path'];
      if (typeof path !== 'string') return [];
      const folder = resolve(path);
      if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) return [];
      return [{ functionName, folder, hash: hashOf(zipFolder(folder)) }];
    });
  }

  /** Sends the code of every function whose folder changed; answers their names. */
  async update(): Promise<string[]> {
    const archives = new Map(
      this.folders.filter((folder) => fs.existsSync(folder)).map((folder) => [folder, zipFolder(folder)]),
    );
    const updated = await Promise.all(
      this.watched.map(async (item) => {
        const archive = archives.get(item.folder);
        if (!archive || hashOf(archive) === item.hash) return [];
        await this.client.send(new UpdateFunctionCodeCommand({ FunctionName: item.functionName, ZipFile: archive }));
        await this.moveAliases(item.functionName);
        item.hash = hashOf(archive);
        return [item.functionName];
      }),
    );
    return updated.flat();
  }

  /** Operations are called through an alias, which stays with the version that it points at. */
  private async moveAliases(functionName: string): Promise<void> {
    const FunctionName = functionName;
    const { Aliases = [] } = await this.client.send(new ListAliasesCommand({ FunctionName }));
    if (Aliases.length === 0) return;
    const { Version } = await this.client.send(new PublishVersionCommand({ FunctionName }));
    for (const { Name } of Aliases) {
      await this.client.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: Version }));
    }
  }
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
