/* master_command: what kabarctl asks of the master over its control socket. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_out.h"
#include "chat/push.h"
#include "live/tell_master.h"
#include "master/control.h"
#include "master/int.h"
#include "worker/tls.h"

static void
write_listener(struct json_out *json, const struct config_listen *section)
{
	json_out_object_begin(json);
	json_out_pair(json, "name", section->name);
	json_out_pair(json, "address", section->address);
	json_out_pair_int(json, "port", section->port);
	json_out_pair(json, "dialect", section->dialect);
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
	struct json_out_buffer buffer = { .text = text, .size = size - 1 };
	struct json_out json;

	json_out_init(&json, json_out_fill, &buffer);
	json_out_object_begin(&json);
	json_out_pair_int(&json, "pid", getpid());
	json_out_pair(&json, "version", PACKAGE_VERSION);
	json_out_pair(&json, "realm", master->config->realm);
	json_out_pair_int(&json, "since_ms", master->since_ms);
	json_out_pair_int(&json, "upgrades", (int64_t)master->upgrades);
	json_out_pair_int(&json, "connected", master_children_count(master->children));
	json_out_pair_int(&json, "connections", (int64_t)master->connections);
	write_listeners(&json, &master->listen);
	json_out_object_end(&json);
	text[buffer.len] = '\0';
	if (json_out_error(&json) == 0)
		return 0;
	snprintf(text, size, "there are too many listeners to tell of them");
	return -1;
}

/* The number behind a word, or 0: it is another word. */
static uint64_t
number_behind(const char *word, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(word, prefix, len) == 0 ? strtoull(word + len, NULL, 10) : 0;
}

/* Those who may not signal a process have the master do it. False: it is another word. */
static bool
serve_told(struct master *master, const char *word, bool worker)
{
	uint64_t ended = number_behind(word, TELL_MASTER_SESSION);
	uint64_t kicked = worker ? 0 : number_behind(word, TELL_MASTER_KICK);
	unsigned int denied;

	if (strcmp(word, TELL_MASTER_BRIDGE) == 0)
		master_bridge_news(&master->bridge, master->config);
	else if (ended != 0)
		scoreboard_signal(master->scoreboard, ended, CHAT_PUSH_SIGNAL, &denied);
	else if (kicked != 0)
		scoreboard_signal(master->scoreboard, kicked, SIGTERM, &denied);
	else
		return worker; /* which may say nothing else */
	return true;
}

/* A worker of a user of its own may have ended meanwhile, so that it is no child any more. */
static bool
is_worker(const struct master *master, pid_t pid, uid_t uid)
{
	return (uid != 0 && uid != geteuid()) || master_children_has(master->children, pid);
}

void
master_command(struct master *master)
{
	pid_t pid;
	uid_t uid;
	struct master_control_asker asker;
	char word[MASTER_CONTROL_WORD], text[MASTER_CONTROL_ANSWER - 16] = "";
	int result = -1;

	if (!master_control_receive(master->control, word, &asker, &pid, &uid) ||
	    serve_told(master, word, is_worker(master, pid, uid)))
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
