/** A database has answered with what its functions never give: is it of another version than this code? */
export class UnexpectedAnswerError extends TypeError {
  override readonly name = 'UnexpectedAnswerError';
  readonly code = 'unexpected-answer';
}
