/** Ends a run with one plain line, `N passed, N failed[, N skipped]`, and says why anything was skipped. */
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failedToRun = results.testResults.filter(
      file => file.testExecError && file.numFailingTests === 0,
    ).length;
    const failed = results.numFailedTests + failedToRun;
    const skipped = results.numPendingTests + results.numTodoTests;
    const absent = process.env.ITHN_TEST_ABSENT;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    // On exit, so that it stands below the runner's own summary: the last line of the run.
    process.once('exit', () => {
      if (absent) process.stdout.write(`\nNot tried here: ${absent}\n`);
      process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed${tail}\n`);
    });
  }
}
