/** One statement through the RDS Data API. */
export const STATEMENT = ['rds-data:ExecuteStatement'];

/** Transactions through the RDS Data API. */
export const TRANSACTION = ['rds-data:BeginTransaction', 'rds-data:CommitTransaction', 'rds-data:RollbackTransaction'];

/** The Data API reads the user's secret in the name of its caller. */
export const GET_SECRET = ['secretsmanager:GetSecretValue'];
