// How long a page's main thread was busy at a stretch, by Chromium's own trace: in time of its processor, which what else the
// machine does at that time does not change.

/**
 * Records what the main thread does until the function that this gives is called. That one gives the longest task of each phase
 * in milliseconds; phases begin with calls of `performance.mark`.
 *
 * @param {import('playwright-core').CDPSession} session
 */
export async function recordTasks(session) {
  /** @type {any[]} */
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'blink.user_timing', 'disabled-by-default-devtools.timeline'] },
  });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    return longestTasks(events);
  };
}

/** @param {any[]} events */
function longestTasks(events) {
  const marks = events.filter((e) => e.cat?.includes('blink.user_timing')).sort((a, b) => a.ts - b.ts);
  const thread = marks[0];
  const tasks = events.filter(
    (e) => e.name.endsWith('RunTask') && e.tdur !== undefined && e.pid === thread?.pid && e.tid === thread?.tid,
  );
  /** @type {Record<string, number>} */
  const longest = {};
  for (const { ts, dur, tdur } of tasks) {
    // A phase may begin in the middle of a task, which then counts for both.
    const from = marks.findLastIndex((m) => m.ts <= ts);
    const to = marks.findLastIndex((m) => m.ts < ts + dur);
    for (let i = Math.max(0, from); i <= to; i++) {
      const { name } = marks[i];
      longest[name] = Math.max(longest[name] ?? 0, tdur / 1000);
    }
  }
  return longest;
}
