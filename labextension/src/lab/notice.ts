/** Which news of a job is worth a notification: pure. */
import { IJob } from '../core/wire';

/** The most that JupyterLab shows of a notification. */
const MOST_CHARACTERS = 140;
const WAIT_WORTH_TELLING_SECONDS = 60;

export type Notice = 'failed' | 'started';

/** What to tell about a row that arrived, if anything: only of jobs that `name` submitted. */
export function noticeOf(job: IJob, before: IJob | undefined, name: string): Notice | null {
  if (job.submitted_by !== name || !before || before.state === job.state) {
    return null;
  }
  if (job.state === 'failed') {
    return 'failed';
  }
  const hasWaited = (job.waited_seconds ?? 0) >= WAIT_WORTH_TELLING_SECONDS;
  return job.state === 'running' && hasWaited ? 'started' : null;
}

export function shorten(text: string): string {
  const characters = [...text.trim()];
  return characters.length <= MOST_CHARACTERS
    ? characters.join('')
    : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}
