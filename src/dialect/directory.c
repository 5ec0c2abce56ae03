/* dialect_directory: lists of users and realms. */
#include "dialect/directory.h"

#include <bsd/string.h>
#include <stdlib.h>

#include "base/vector.h"
#include "chat/people.h"
#include "chat/realm/bridge.h"
#include "chat/realm/peer.h"
#include "dialect/people.h"

static enum chat_result
find_people(struct dialog *dialog, const struct line_request *request,
    const struct dialect_people *online, struct chat_people *found)
{
	struct chat_text prefix =
	    request->n_words > 0 ? request->words[0] : (struct chat_text){ .data = "" };
	enum chat_result result = CHAT_OK;

	chat_people_begin(found, prefix);
	for (size_t i = 0; result == CHAT_OK && i < online->n; i++)
		if (i == 0 || online->list[i].user != online->list[i - 1].user)
			result = chat_people_add(&dialog->chat, found, online->list[i].user);
	if (result == CHAT_OK)
		result = chat_people_look(&dialog->chat, found, request->session.user.id);
	return result;
}

enum chat_result
dialect_directory_people(struct dialog *dialog, struct line_request *request)
{
	struct dialect_people online;
	struct chat_people found;
	struct json_out json;
	enum chat_result result;

	dialect_people_find(dialog, &online);
	result = find_people(dialog, request, &online, &found);
	if (result == CHAT_OK) {
		dialect_line_begin(dialog, &json, "OK");
		json_out_key(&json, "people");
		json_out_array_begin(&json);
		for (size_t i = 0; i < found.n; i++)
			dialect_people_write(&json, found.list[i].name, found.list[i].fullname,
			    dialect_people_login(&online, found.list[i].id) != 0);
		json_out_array_end(&json);
		json_out_key(&json, "more");
		json_out_bool(&json, found.more);
		result = dialect_line_end(dialog, &json);
	}
	dialect_people_free(&online);
	return result;
}

static const char *
find_state(struct link_status_file *links, const struct chat_peer *peer)
{
	struct link_status status;

	if (!peer->active)
		return "inactive";
	return links != NULL && link_status_get(links, peer->id, &status) &&
	        status.state == LINK_STATUS_UP
	    ? "up"
	    : "down";
}

struct realms {
	struct shown_realm {
		char name[NAME_MAX_BYTES + 1];
		const char *state;
	} * list;
	size_t n;
};

static enum chat_result
add_realm(struct realms *realms, const char *name, const char *state)
{
	struct shown_realm *added = vector_add(&realms->list, &realms->n, sizeof(*added));

	if (added == NULL)
		return CHAT_FAILED;
	strlcpy(added->name, name, sizeof(added->name));
	added->state = state;
	return CHAT_OK;
}

/* The own realm is the first. */
static enum chat_result
read_realms(struct dialog *dialog, struct realms *realms)
{
	struct link_status_file *links = chat_bridge_links(&dialog->chat);
	enum chat_result result = add_realm(realms, dialog->config->realm, "own");
	struct chat_peer peer;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_peer_at(&dialog->chat, i, &peer);
		if (result == CHAT_OK)
			result = add_realm(realms, peer.name, find_state(links, &peer));
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

enum chat_result
dialect_directory_realms(struct dialog *dialog, struct line_request *request)
{
	struct realms realms = { .n = 0 };
	enum chat_result result = read_realms(dialog, &realms);
	struct json_out json;

	(void)request;
	if (result == CHAT_OK) {
		dialect_line_begin(dialog, &json, "OK");
		json_out_key(&json, "realms");
		json_out_array_begin(&json);
		for (size_t i = 0; i < realms.n; i++) {
			json_out_object_begin(&json);
			json_out_pair(&json, "name", realms.list[i].name);
			json_out_pair(&json, "state", realms.list[i].state);
			json_out_object_end(&json);
		}
		json_out_array_end(&json);
		result = dialect_line_end(dialog, &json);
	}
	free(realms.list);
	return result;
}
