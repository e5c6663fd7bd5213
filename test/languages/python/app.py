"""Notes in Python: a service with a command, a projection and a query, whose handlers decide in Python."""
import json
import os

from aws_cdk import App, CfnOutput, Duration, Stack, aws_lambda as lambda_
from cdk_database_patterns import (
    CommandApi,
    Decider,
    DomainEvents,
    DynamoDbStore,
    PostgresStore,
    Projection,
    Service,
    View,
)

app = App()
stack = Stack(app, "PythonNotes")


def decider(scope, name):
    return lambda_.Function(
        scope,
        f"Decide-{name}",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_asset(name),
        timeout=Duration.seconds(10),
    )


# Set by dbpatterns; in an account there is none, and the store is a cluster.
local = json.loads(os.environ.get("DBPATTERNS_LOCAL_DATABASES", "{}")).get("notes")

# #region use
notes = Service(stack, "NoteService", events=DomainEvents(stack, "Events"))
if local:
    store = PostgresStore.from_data_api(
        notes,
        "Store",
        cluster_arn=local["clusterArn"],
        secret_arn=local["secretArn"],
        database_name="notes",
        migrations="sql",
    )
else:
    store = PostgresStore(notes, "Store", database_name="notes", migrations="sql")
view = DynamoDbStore(notes, "View", partition_key="id", development=local is not None)

commands = CommandApi(
    notes,
    "Commands",
    store=store,
    stream="note",
    handler=Decider.commands(notes, "CommandHandler", decider(notes, "commands")),
)
Projection(
    notes,
    "Listing",
    of=commands.stream,
    into=View.entity(view),
    handler=Decider.projection(notes, "ListingHandler", decider(notes, "listing")),
)
# #endregion

CfnOutput(stack, "CommandsUrl", value=commands.url)
CfnOutput(stack, "ViewName", value=view.table.table_name)
app.synth()
