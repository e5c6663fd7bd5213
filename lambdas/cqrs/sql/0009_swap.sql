-- Whoever waits for a table that is read has all later readers behind it, so a swap gives up soon and is tried again.
alter function dbpatterns_view.begin_generation(text, text, int) set lock_timeout = '500ms';
alter function dbpatterns_view.publish_generation(text, text, int) set lock_timeout = '500ms';
alter function dbpatterns_view.drop_generation(text, text, int, int) set lock_timeout = '500ms';
