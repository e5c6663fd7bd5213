/** The parts of the local cloud that start side by side. */
export type LocalPart = 'cloud' | 'emulator' | 'postgres' | 'mariadb' | 'data-api';

/** One line of progress. `done` marks the part as ready. */
export interface LocalProgress {
  readonly part: LocalPart;
  readonly message: string;
  readonly done?: boolean;
}

/** Receives progress; called from the process that starts the cloud. */
export type OnProgress = (progress: LocalProgress) => void;
