/* client_refusal: one table of what servers say. The longest texts of the family end with a number.
 */
#include "client/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "client/i18n.h"
#include "client/json.h"
#include "client/text.h"

static const struct refusal {
	const char *code;
	const char *text; /* how the family's answer begins; NULL: it has none */
	int status;
	const char *sentence;
} refusals[] = {
	{ "NO_SESSION", "Session tidak ditemukan", EX_NOPERM,
	    N_("the session has ended: log in again") },
	{ "NO_USER", "User tidak ditemukan", EX_NOUSER, N_("there is no such user") },
	{ "NO_USER", "User Tidak Ada", EX_NOUSER, N_("there is no such user") },
	{ "BAD_PASSWORD", "Password salah", EX_NOPERM, N_("the password is wrong") },
	{ "BAD_PASSWORD", "Autentikasi gagal", EX_NOPERM, N_("user or password is wrong") },
	{ "LOCKED", "Akun dikunci", EX_NOPERM, N_("the account is locked") },
	{ "USER_EXISTS", "User sudah ada", EX_DATAERR, N_("the name is taken") },
	{ "CLOSED", "Registrasi ditutup", EX_NOPERM, N_("only administrators make accounts here") },
	{ "NEEDS_INVITATION", "Registrasi hanya dengan kode", EX_NOPERM,
	    N_("nobody registers here without an invitation (--invitation CODE)") },
	{ "NO_INVITATION", "Kode undangan tidak berlaku", EX_NOPERM,
	    N_("the invitation is unknown, used up or expired") },
	{ "NO_GROUP", "Group tidak ditemukan", EX_NOUSER, N_("there is no such group") },
	{ "GROUP_EXISTS", "Group sudah ada", EX_DATAERR, N_("the name of the group is taken") },
	{ "ALREADY_MEMBER", "User sudah dalam group", EX_DATAERR, N_("this is a member already") },
	{ "NOT_MEMBER", "User bukan anggota group", EX_NOPERM,
	    N_("only members of the group may do this") },
	{ "NOT_INVITED", "Group tertutup", EX_NOPERM,
	    N_("the group is private: it takes an invitation") },
	{ "BAD_KEY", "Kunci group salah", EX_NOPERM, N_("this is not the key of the group") },
	{ "GROUP_FULL", "Group penuh", EX_UNAVAILABLE, N_("the group takes no more members") },
	{ "BANNED", "User dilarang dalam group", EX_NOPERM, N_("the group has banned you") },
	{ "NO_REALM", "Realm tidak ditemukan", EX_NOHOST, N_("the server knows no such realm") },
	{ "REALM_EXISTS", "Realm sudah ada", EX_DATAERR,
	    N_("the server knows this realm already") },
	{ "BAD_ARGUMENT", "parameter salah", EX_DATAERR,
	    N_("the server takes no such name, text or number") },
	{ "BAD_ARGUMENT", "--Protocol tidak benar", EX_DATAERR,
	    N_("the server takes no such name, text or number") },
	{ "FORBIDDEN", "Tidak diizinkan", EX_NOPERM, N_("you may not do this") },
	{ "INBOX_FULL", "Inbox penuh", EX_TEMPFAIL, N_("the inbox of the receiver is full") },
	{ "NO_FILE", "File tidak ditemukan", EX_NOINPUT, N_("there is no such file") },
	{ "TOO_BIG", "File terlalu besar", EX_DATAERR,
	    N_("the file is larger than the server takes") },
	{ "QUOTA", "Kuota file habis", EX_UNAVAILABLE,
	    N_("your files together would be too large") },
	{ "BUDGET", "Jatah kirim habis", EX_TEMPFAIL,
	    N_("you have sent too much today: try later") },
	{ "TOO_MANY", "Batas tercapai", EX_UNAVAILABLE,
	    N_("this would be one more than the server allows") },
	{ "QUEUE_FULL", "Antrean ke realm penuh", EX_TEMPFAIL,
	    N_("too many messages wait for that realm") },
	{ "REFUSED", "Ditolak realm tujuan", EX_UNAVAILABLE, N_("the other realm refuses it") },
	{ "NO_ANSWER", "Realm tidak menjawab", EX_TEMPFAIL, N_("the other realm does not answer") },
	{ "NO_SPACE", "Penyimpanan penuh", EX_TEMPFAIL, N_("the disk of the server is full") },
	{ "BLOCKED", "User tidak menerima pesan", EX_NOPERM,
	    N_("this user takes no messages from you") },
	{ "TOO_SOON", "Terlalu banyak", EX_TEMPFAIL, N_("too many tries: wait a moment") },
	{ "BAD_MESSAGE", NULL, EX_DATAERR, N_("the other realm cannot read it") },
	{ "BAD_FILE", NULL, EX_TEMPFAIL, N_("the file was damaged on its way") },
	{ "EXPIRED", NULL, EX_UNAVAILABLE, N_("it has waited too long for the other realm") },
	{ "DROPPED", NULL, EX_UNAVAILABLE, N_("an administrator has removed it") },
	{ "HISTORY_OFF", NULL, EX_UNAVAILABLE, N_("the server keeps no history") },
	{ "FULL", "Server penuh", EX_TEMPFAIL, N_("the server has no room for another client") },
	{ "UNSURE", NULL, EX_TEMPFAIL, N_("it is not known whether the server has done it") },
	{ "FAILED", "Kesalahan server", EX_TEMPFAIL,
	    N_("something is broken at the server: try again") },
	{ "UNKNOWN", "*Maaf, command tidak benar", EX_UNAVAILABLE,
	    N_("the server knows no such request") },
	{ "UNKNOWN", "**Protocol tidak benar", EX_UNAVAILABLE,
	    N_("the server knows no such request") },
};
#define N_REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

bool
client_refusal_is_none(const json_t *reply)
{
	return client_json_is(reply, "status", "OK");
}

/* The refusal with this word, in letters of any case; NULL: nobody knows it. */
static const struct refusal *
find_code(const char *code)
{
	for (size_t i = 0; i < N_REFUSALS; i++)
		if (strcasecmp(code, refusals[i].code) == 0)
			return &refusals[i];
	return NULL;
}

static const struct refusal *
find_text(const char *message)
{
	for (size_t i = 0; i < N_REFUSALS; i++) {
		const char *text = refusals[i].text;

		if (text != NULL && strncasecmp(message, text, strlen(text)) == 0)
			return &refusals[i];
	}
	return NULL;
}

static const struct refusal *
find_refusal(const json_t *reply)
{
	const char *code = client_json_text(reply, "code", NULL);
	const char *message = client_json_text(reply, "message", NULL);

	if (message[0] == '\0') /* some of the family have it elsewhere */
		message = client_json_text(reply, "messages", NULL);
	return code[0] != '\0' ? find_code(code) : find_text(message);
}

const char *
client_refusal_code(const json_t *reply)
{
	const struct refusal *refusal = find_refusal(reply);

	return refusal == NULL ? "" : refusal->code;
}

bool
client_refusal_is_unsure(const json_t *reply)
{
	return reply != NULL && !client_refusal_is_none(reply) &&
	    strcmp(client_refusal_code(reply), "UNSURE") == 0;
}

/* Writes what the server said of a refusal that nobody knows. */
static void
quote_server(char text[CLIENT_REFUSAL_TEXT], const char *said, size_t len)
{
	char *clean = client_text_clean(said, len, CLIENT_TEXT_LINE, CLIENT_REFUSAL_TEXT / 2);

	snprintf(text, CLIENT_REFUSAL_TEXT, _("the server refuses: %s"),
	    clean == NULL ? "" : clean);
	free(clean);
}

int
client_refusal_explain(const json_t *reply, char text[CLIENT_REFUSAL_TEXT])
{
	const struct refusal *refusal = find_refusal(reply);
	size_t len;
	const char *said = client_json_text(reply, "message", &len);

	if (refusal != NULL) {
		snprintf(text, CLIENT_REFUSAL_TEXT, "%s", _(refusal->sentence));
		return refusal->status;
	}
	quote_server(text, said, len);
	return client_json_is(reply, "status", "ERROR") ? EX_UNAVAILABLE : EX_PROTOCOL;
}

int
client_refusal_reason(const char *reason, char text[CLIENT_REFUSAL_TEXT])
{
	const struct refusal *refusal = find_code(reason);

	if (refusal == NULL) {
		quote_server(text, reason, strlen(reason));
		return EX_UNAVAILABLE;
	}
	snprintf(text, CLIENT_REFUSAL_TEXT, "%s", _(refusal->sentence));
	return refusal->status;
}
