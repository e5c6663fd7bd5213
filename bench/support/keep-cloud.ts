/** Keeps a local cloud in a process of its own until its standard input ends: the Data API's work is not the client's. */
import { bootstrap, startLocalCloud } from '../../local/index.js';

const [stateDirectory = ''] = process.argv.slice(2);
const cloud = await startLocalCloud({ stateDirectory });
await bootstrap(cloud);
process.stdout.write('ready\n');
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
await cloud.stop();
