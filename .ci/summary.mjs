// Sums up vitest's JSON reports and ends with a line of its own: `N passed, N failed`.
//   node .ci/summary.mjs <folder> [steps that failed ...]
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [folder, ...failedSteps] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of readdirSync(folder).sort()) {
  const report = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  const seconds = (Math.max(...report.testResults.map((t) => t.endTime)) - report.startTime) / 1000;
  console.log(
    `${path.basename(file, '.json')}: ${report.numPassedTests} passed, ${report.numFailedTests} failed in ${seconds.toFixed(0)} s`,
  );
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  for (const { name, status, message, assertionResults } of report.testResults) {
    // A file that cannot be loaded has no tests that could fail.
    if (status === 'failed' && assertionResults.every((a) => a.status !== 'failed')) {
      failed++;
      console.log(`  ${path.relative('.', name)}: ${message.split('\n')[0]}`);
    }
    for (const a of assertionResults)
      if (a.status === 'failed') console.log(`  ${path.relative('.', name)}: ${a.fullName}`);
  }
}
// A step without tests, like the types, counts as one.
const silent = failedSteps.filter((step) => !step.startsWith('tests'));
for (const step of failedSteps) console.log(`failed: ${step}`);
failed += silent.length;
if (failedSteps.length > 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
