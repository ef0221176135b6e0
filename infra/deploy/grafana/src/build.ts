// Writes each dashboard as JSON on standard output, all in one object by uid: `build` puts them into files.
import { all } from './dashboards';

declare const console: { log(text: string): void };

console.log(JSON.stringify(Object.fromEntries(all.map((one) => [one.uid, one]))));
