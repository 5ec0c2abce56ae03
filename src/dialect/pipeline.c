/*
 * dialect_pipeline: requests whose messages are in a chain (store.h). What the chain did not do is
 * served again, each request by itself, as if it had come only now: so refusals, and whatever needs
 * a second try, have no other code than that of a client that waits.
 */
#include "dialect/pipeline.h"

#include <stdlib.h>
#include <string.h>

/* A request that is under way. */
struct entry {
	struct line_request request; /* its words are gone */
	size_t len;
	char line[]; /* as the client sent it */
};

struct dialect_pipeline {
	struct store_chain *chain;
	struct entry *entries[STORE_CHAIN_MOST];
	size_t n; /* as many as the chain has */
};

static void
free_pipeline(struct dialect_pipeline *pipeline)
{
	if (pipeline == NULL)
		return;
	for (size_t i = 0; i < pipeline->n; i++)
		free(pipeline->entries[i]);
	store_chain_free(pipeline->chain);
	free(pipeline);
}

/* Makes the pipeline if there is none. False without memory. */
static bool
have_pipeline(struct dialog *dialog)
{
	struct dialect_pipeline *pipeline = dialog->pipeline;

	if (pipeline != NULL)
		return true;
	pipeline = calloc(1, sizeof(*pipeline));
	if (pipeline != NULL)
		pipeline->chain = store_chain_new();
	if (pipeline == NULL || pipeline->chain == NULL) {
		free(pipeline);
		return false;
	}
	dialog->pipeline = pipeline;
	return true;
}

static struct entry *
make_entry(const struct line_request *request, const struct frame_line *line)
{
	struct entry *entry = malloc(sizeof(*entry) + line->len);

	if (entry == NULL)
		return NULL;
	entry->request = *request;
	entry->len = line->len;
	memcpy(entry->line, line->data, line->len);
	return entry;
}

/* Runs the command so that its message goes on the chain. True when that holds it now. */
static bool
run_in_chain(struct dialog *dialog, struct line_request *request, const struct frame_line *line,
    enum chat_result *result)
{
	struct dialect_pipeline *pipeline = dialog->pipeline;
	struct entry *entry = make_entry(request, line);

	*result = CHAT_UNDER_WAY;
	if (entry == NULL)
		return false;
	dialog->chat.chain = pipeline->chain;
	*result = request->command->run(dialog, request);
	dialog->chat.chain = NULL;
	if (store_chain_count(pipeline->chain) == pipeline->n) {
		free(entry);
		return false;
	}
	pipeline->entries[pipeline->n++] = entry;
	return true;
}

void
dialect_pipeline_run(struct dialog *dialog, struct line_request *request,
    const struct frame_line *line)
{
	enum chat_result result = CHAT_UNDER_WAY;
	bool joins = !dialog->again &&
	    (dialog->pipeline != NULL || frame_has_line(&dialog->frame)) && have_pipeline(dialog);

	if (joins && run_in_chain(dialog, request, line, &result))
		return;
	dialect_pipeline_settle(dialog);
	if (result == CHAT_UNDER_WAY)
		dialect_line_run(dialog, request);
	else
		dialect_line_reply(dialog, request, result);
}

/* Whether a request has its result; else nothing was done of it. */
static bool
is_final(enum store_status status)
{
	return status == STORE_OK || status == STORE_REPEATED || status == STORE_FAILED ||
	    status == STORE_UNSURE;
}

static void
finish_entry(struct dialog *dialog, struct entry *entry, const struct store_outcome *outcome)
{
	enum chat_result result = chat_from_store(outcome->status);

	dialog->chat.sent = outcome->value;
	dialog->chat.abroad = CHAT_OK;
	dialect_line_reply(dialog, &entry->request, result);
}

static void
serve_again(struct dialog *dialog, const struct entry *entry)
{
	const struct frame_line line = { .data = entry->line, .len = entry->len, .complete = true };

	if (dialog->ending)
		return;
	dialog->again = true;
	dialog->dialect->line(dialog, &line);
	dialog->again = false;
}

void
dialect_pipeline_settle(struct dialog *dialog)
{
	struct dialect_pipeline *pipeline = dialog->pipeline;
	const uint64_t sent = dialog->chat.sent;
	const enum chat_result abroad = dialog->chat.abroad;
	const struct store_outcome *outcomes;

	if (pipeline == NULL)
		return;
	dialog->pipeline = NULL;
	outcomes = store_chain_commit(dialog->chat.store, pipeline->chain);
	for (size_t i = 0; i < pipeline->n; i++) {
		if (is_final(outcomes[i].status))
			finish_entry(dialog, pipeline->entries[i], &outcomes[i]);
		else
			serve_again(dialog, pipeline->entries[i]);
	}
	dialog->chat.sent = sent;
	dialog->chat.abroad = abroad;
	free_pipeline(pipeline);
}
