/**
 * The ZIP of a batch that is larger than 4 GiB and has more than 65,535 files, made of files that are generated while they are sent: fetched
 * over HTTP and read by Python's zipfile, which checks every checksum. Needs no room on the disk, and a minute.
 * Usage: bun bench/archive/main.ts [bytes of the large file] [jobs] [small files of each]
 */
import { checkArchive, faultsOf } from "./archive.ts";

const [largeBytes = 4.5 * 1024 ** 3, jobs = 1_000, filesEach = 66] = process.argv.slice(2).map(Number);
const size = { largeBytes, jobs, filesEach };
const report = await checkArchive(size);
console.log(JSON.stringify(report, null, 2));
const faults = faultsOf(report, size);
for (const fault of faults) console.log(`FAILED: ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
