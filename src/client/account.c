/* client_account: a file of JSON for each, in the directory "accounts" of the state. */
#include "client/account.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/path.h"

#define FILE_MAX  65536
#define PORT_TEXT 6

/* The texts of an account; an older file has no fingerprint. The port and whether it is TLS are no
 * texts. */
struct field {
	const char *key;
	size_t offset;
	size_t size;
};

#define FIELD(member)                                             \
	{                                                         \
#member, offsetof(struct client_account, member), \
		    sizeof(((struct client_account *)0)->member)  \
	}

static const struct field fields[] = {
	FIELD(user),
	FIELD(host),
	FIELD(dialect),
	FIELD(token),
	FIELD(fingerprint),
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

bool
client_account_name_valid(const char *name)
{
	return name_valid(name, strlen(name));
}

static int
account_path(const char *name, char path[CLIENT_PATH_MAX])
{
	char file[sizeof("accounts/") + NAME_MAX_BYTES];

	if (!client_account_name_valid(name)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(file, sizeof(file), "accounts/%s", name);
	return client_path_state(file, path);
}

/* Copies the texts and numbers of the object. False: it is no account. */
static bool
read_object(const json_t *object, struct client_account *account)
{
	json_int_t port = json_integer_value(json_object_get(object, "port"));

	for (size_t i = 0; i < N_FIELDS; i++) {
		const json_t *value = json_object_get(object, fields[i].key);
		const char *text = json_string_value(value);

		if (value == NULL && strcmp(fields[i].key, "fingerprint") == 0)
			text = "";
		if (text == NULL || strlen(text) >= fields[i].size)
			return false;
		memcpy((char *)account + fields[i].offset, text, strlen(text) + 1);
	}
	if (account->dialect[0] == '\0')
		memcpy(account->dialect, CLIENT_DIALECT_DEFAULT, sizeof(CLIENT_DIALECT_DEFAULT));
	account->tls = json_is_true(json_object_get(object, "tls"));
	account->port = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX &&
	    (account->fingerprint[0] == '\0' || client_known_keys_valid(account->fingerprint)) &&
	    (account->token[0] == '\0' || token_looks(account->token, strlen(account->token)));
}

int
client_account_load(const char *name, struct client_account *account)
{
	char path[CLIENT_PATH_MAX], *text;
	json_t *object;
	size_t len;
	bool good;

	*account = (struct client_account){ .port = CLIENT_PORT_DEFAULT,
		.tls = true,
		.dialect = CLIENT_DIALECT_DEFAULT };
	if (account_path(name, path) != 0)
		return -1;
	snprintf(account->name, sizeof(account->name), "%s", name);
	text = client_path_read(path, FILE_MAX, &len);
	if (text == NULL)
		return errno == ENOENT ? 0 : -1;
	object = json_loadb(text, len, 0, NULL);
	good = read_object(object, account);
	json_decref(object);
	explicit_bzero(text, len);
	free(text);
	if (good)
		return 1;
	errno = EINVAL;
	return -1;
}

/* The account as an object, or NULL without memory. */
static json_t *
make_object(const struct client_account *account)
{
	json_t *object = json_object();
	int failed = json_object_set_new(object, "port", json_integer(account->port));

	failed |= json_object_set_new(object, "tls", json_boolean(account->tls));
	for (size_t i = 0; i < N_FIELDS; i++)
		failed |= json_object_set_new(object, fields[i].key,
		    json_string((const char *)account + fields[i].offset));
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

int
client_account_save(const struct client_account *account)
{
	char path[CLIENT_PATH_MAX], *text = NULL;
	json_t *object;
	int result = -1;

	if (account_path(account->name, path) != 0)
		return -1;
	object = make_object(account);
	if (object != NULL)
		text = json_dumps(object, JSON_INDENT(1) | JSON_SORT_KEYS);
	errno = ENOMEM;
	if (text != NULL)
		result = client_path_write(path, text, strlen(text));
	int saved = errno;
	json_decref(object);
	if (text != NULL)
		freezero(text, strlen(text));
	errno = saved;
	return result;
}

/* Reads a port behind a colon, or nothing. */
static bool
read_port(const char *text, uint16_t *port)
{
	const char *error = NULL;

	if (text[0] == '\0')
		return true;
	if (text[0] != ':' || strlen(text) > PORT_TEXT)
		return false;
	*port = (uint16_t)strtonum(text + 1, 1, UINT16_MAX, &error);
	return error == NULL;
}

/* Whether the text may be a name of a host or an address: it is shown to people and kept in a file.
 */
static bool
is_host(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr("/\\\"'@", text[i]) != NULL)
			return false;
	return len > 0 && len < CLIENT_HOST_MAX && text[0] != '-';
}

bool
client_account_address(struct client_account *account, const char *text)
{
	struct client_account read = *account;
	const char *at = strrchr(text, '@'), *host = at == NULL ? text : at + 1, *end;
	size_t user = at == NULL ? 0 : (size_t)(at - text);

	if (at != NULL && !name_valid(text, user))
		return false;
	if (at != NULL)
		snprintf(read.user, sizeof(read.user), "%.*s", (int)user, text);
	if (host[0] == '[') {
		end = strchr(++host, ']');
		if (end == NULL || !read_port(end + 1, &read.port))
			return false;
	} else {
		end = strchr(host, ':');
		/* Two colons without brackets are an address of IPv6 alone. */
		if (end == NULL || strchr(end + 1, ':') != NULL)
			end = host + strlen(host);
		if (!read_port(end, &read.port))
			return false;
	}
	if (!is_host(host, (size_t)(end - host)))
		return false;
	memset(read.fingerprint, 0, sizeof(read.fingerprint));
	memset(read.host, 0, sizeof(read.host));
	memcpy(read.host, host, (size_t)(end - host));
	*account = read;
	return true;
}

/* Whether the host, as it was given, is this machine: nobody else can read what is said to it. */
static bool
is_this_machine(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

bool
client_account_default_tls(const char *host, uint16_t port)
{
	char known[CLIENT_FINGERPRINT];

	/* A server whose key is known spoke TLS before, and does so again. */
	return !is_this_machine(host) || client_known_keys_find(host, port, known) != 0;
}
