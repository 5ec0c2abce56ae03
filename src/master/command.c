/* master_command: what kabarctl asks of the master over its control socket. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_out.h"
#include "master/control.h"
#include "master/int.h"
#include "worker/tls.h"

/* A text that grows in a buffer of a given size. */
struct buffer {
	char *text;
	size_t size;
	size_t len;
};

static int
append_text(void *arg, const char *data, size_t len)
{
	struct buffer *buffer = arg;

	if (len >= buffer->size - buffer->len)
		return -1;
	memcpy(buffer->text + buffer->len, data, len);
	buffer->len += len;
	buffer->text[buffer->len] = '\0';
	return 0;
}

static void
write_string(struct json_out *json, const char *key, const char *value)
{
	json_out_key(json, key);
	json_out_cstring(json, value);
}

static void
write_int(struct json_out *json, const char *key, int64_t value)
{
	json_out_key(json, key);
	json_out_int(json, value);
}

static void
write_listener(struct json_out *json, const struct config_listen *section)
{
	json_out_object_begin(json);
	write_string(json, "name", section->name);
	write_string(json, "address", section->address);
	write_int(json, "port", section->port);
	write_string(json, "dialect", section->dialect);
	json_out_key(json, "tls");
	json_out_bool(json, worker_tls_wanted(section));
	json_out_object_end(json);
}

/* One section can have several sockets. */
static void
write_listeners(struct json_out *json, const struct master_listen *listen)
{
	json_out_key(json, "listeners");
	json_out_array_begin(json);
	for (size_t i = 0; i < listen->n; i++)
		if (i == 0 || strcmp(listen->sections[i].name, listen->sections[i - 1].name) != 0)
			write_listener(json, &listen->sections[i]);
	json_out_array_end(json);
}

static int
write_status(const struct master *master, char *text, size_t size)
{
	struct buffer buffer = { .text = text, .size = size };
	struct json_out json;

	json_out_init(&json, append_text, &buffer);
	json_out_object_begin(&json);
	write_int(&json, "pid", getpid());
	write_string(&json, "version", PACKAGE_VERSION);
	write_string(&json, "realm", master->config->realm);
	write_int(&json, "since", master->since_ms / 1000);
	write_int(&json, "upgrades", (int64_t)master->upgrades);
	write_int(&json, "connected", master_children_count(master->children));
	write_int(&json, "connections", (int64_t)master->connections);
	write_listeners(&json, &master->listen);
	json_out_object_end(&json);
	if (json_out_error(&json) == 0)
		return 0;
	snprintf(text, size, "there are too many listeners to tell of them");
	return -1;
}

void
master_command(struct master *master)
{
	struct master_control_asker asker;
	char word[MASTER_CONTROL_WORD], text[MASTER_CONTROL_ANSWER - 16] = "";
	int result = -1;

	if (!master_control_receive(master->control, word, &asker))
		return;
	if (strcmp(word, "status") == 0)
		result = write_status(master, text, sizeof(text));
	else if (strcmp(word, "reload") == 0)
		result = master_reload(master, text, sizeof(text));
	else if (strcmp(word, "upgrade") == 0)
		/* If all goes well it is the new program that answers. */
		result = master_upgrade(master, &asker, text, sizeof(text));
	else
		snprintf(text, sizeof(text),
		    "this kabard (" PACKAGE_VERSION ") does not know what that is");
	master_control_answer(master->control, &asker, result == 0, text);
}
