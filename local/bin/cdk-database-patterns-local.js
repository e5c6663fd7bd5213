#!/usr/bin/env node
import { main } from '../dist/data-api/command.js';

await main(process.argv.slice(2));
