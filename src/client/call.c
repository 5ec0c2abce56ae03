/* What the commands share: see client/int.h. */
#include "client/int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "client/i18n.h"
#include "client/json.h"
#include "client/output.h"
#include "client/path.h"
#include "client/refusal.h"

#define PAUSE_MS     200 /* the first pause between two tries, and the longest */
#define PAUSE_MAX_MS 5000

int
client_find_account(struct client_call *call)
{
	struct client_account *account = &call->session.account;
	char path[CLIENT_PATH_MAX];
	const char *name = call->options['a'] != NULL ? call->options['a'] : call->settings.use;

	if (!client_account_name_valid(name))
		return client_output_error(EX_USAGE, _("\"%s\" cannot be the name of an account"),
		    name);
	if (client_path_state("", path) != 0 && errno == ENOENT)
		return client_output_error(EX_CONFIG,
		    _("no home is known: HOME and XDG_STATE_HOME are not set"));
	if (client_account_load(name, account) >= 0)
		return 0;
	return client_output_error(EX_CONFIG, _("cannot read the account %s: %s"), name,
	    strerror(errno));
}

int
client_begin(struct client_call *call)
{
	const struct client_account *account = &call->session.account;
	int status = client_find_account(call);

	if (status != 0)
		return status;
	if (account->token[0] == '\0')
		return client_output_error(EX_NOPERM,
		    _("the account %s is not logged in: kabar login [user@]host[:port]"),
		    account->name);
	client_settings_fingerprint(&call->settings, account, call->session.fingerprint);
	return client_session_open(&call->session);
}

int
client_read_who(const char *text, unsigned int kinds, struct client_who *who)
{
	if (!client_who_parse(text, who))
		return client_output_error(EX_DATAERR,
		    _("\"%s\" is neither user nor #group, nor one of those with @realm"), text);
	if ((kinds & (1U << who->kind)) != 0)
		return 0;
	return client_output_error(EX_DATAERR, _("this cannot be done with \"%s\""), text);
}

int
client_call_simply(struct client_call *call, enum client_verb verb, const char *const *words)
{
	json_t *reply = client_session_call(&call->session, verb, words, NULL, 0);

	if (reply == NULL)
		return call->session.status;
	if (call->json)
		client_output_json(json_incref(reply));
	json_decref(reply);
	return 0;
}

int
client_tell_delivery(const struct client_call *call, json_t *reply)
{
	char text[CLIENT_REFUSAL_TEXT];
	int status = 0;

	if (call->json) {
		json_object_del(reply, "status");
		client_output_json(json_incref(reply));
	} else if (client_json_is(reply, "delivery", "queued")) {
		client_output_note("%s",
		    _("the message waits until the other realm can be reached"));
	}
	if (client_json_is(reply, "delivery", "refused")) {
		status = client_refusal_reason(client_json_text(reply, "reason", NULL), text);
		client_output_error(status, "%s", text);
	}
	return status;
}

void
client_pause(int64_t pause_ms)
{
	int64_t ms = backoff_jitter_ms(pause_ms);
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

bool
client_come_back(struct client_session *s, int64_t until_ms)
{
	int64_t pause = 0;

	do {
		pause = backoff_next_ms(pause, PAUSE_MS, PAUSE_MAX_MS);
		if (clock_monotonic_ms() + pause > until_ms)
			return false;
		client_pause(pause);
	} while (client_session_reopen(s) != 0 && s->status != EX_NOPERM);
	return s->status == 0;
}
