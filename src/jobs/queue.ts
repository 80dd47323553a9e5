import type { Arithmetic } from "../runtime/runtime.js";
import type { Job } from "./job.js";

/** What accompanies a job in a queue. */
export interface Submission {
  /** Asked when a worker is free for the job: where it says no, the job is left undone. */
  readonly begin?: () => Promise<boolean>;
  /** Called with what the job tells before its result. */
  readonly onEvent?: (event: unknown) => void;
  /** Aborted before the job begins, it ends it with the signal's reason; afterwards the job decides. */
  readonly signal?: AbortSignal;
}

/** Decides who computes jobs and when: in this process, in threads, or on other machines. It does not know where results are kept. */
export interface Queue {
  /** Name to show. */
  readonly name: string;
  /** How its numbers are computed: queues of one arithmetic give the same bits. */
  readonly arithmetic: Arithmetic;
  /** Returns the result of a job as JSON; undefined where `begin` said no. Errors: those of the job; `trial/failed` where its worker ended. */
  submit(job: Job, submission?: Submission): Promise<string | undefined>;
  /** Ends workers and frees sessions after the jobs in work; jobs that have not begun fail. */
  close(): Promise<void>;
}
