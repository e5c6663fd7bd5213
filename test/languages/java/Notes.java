import io.github.cdkdatabasepatterns.CommandApi;
import io.github.cdkdatabasepatterns.Decider;
import io.github.cdkdatabasepatterns.DomainEvents;
import io.github.cdkdatabasepatterns.DynamoDbStore;
import io.github.cdkdatabasepatterns.PostgresStore;
import io.github.cdkdatabasepatterns.Projection;
import io.github.cdkdatabasepatterns.Service;
import io.github.cdkdatabasepatterns.View;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;

/** Notes in Java: a service with a command and a projection. */
public final class Notes {
    public static void main(String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "JavaNotes");
        DomainEvents events = new DomainEvents(stack, "Events");
        Service notes = Service.Builder.create(stack, "NoteService").events(events).build();
        PostgresStore store = PostgresStore.Builder.create(notes, "Store").databaseName("notes").build();
        DynamoDbStore view = DynamoDbStore.Builder.create(notes, "View").partitionKey("id").build();
        CommandApi commands = CommandApi.Builder.create(notes, "Commands")
                .store(store)
                .stream("note")
                .handler(Decider.commands(notes, "CommandHandler", function(notes, "Decide")))
                .build();
        Projection.Builder.create(notes, "Listing")
                .of(commands.getStream())
                .into(View.entity(view))
                .handler(Decider.projection(notes, "ListingHandler", function(notes, "List")))
                .build();
        app.synth();
    }

    private static Function function(Service scope, String name) {
        return Function.Builder.create(scope, name)
                .runtime(Runtime.NODEJS_22_X)
                .handler("index.handler")
                .code(Code.fromInline("exports.handler = async () => ({ operations: [] });"))
                .build();
    }

    private Notes() {}
}
