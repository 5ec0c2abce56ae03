/* client_settings: read by libconfuse; the first fault is told with its line. */
#include "client/settings.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/i18n.h"
#include "client/path.h"

#define FILE_MAX (1024 * 1024)

/* Where report() writes: libconfuse hands its error function no context. */
static struct {
	const char *path;
	char *text;
	size_t size;
} report_to;

static void __attribute__((format(printf, 2, 0))) report(cfg_t *cfg, const char *fmt, va_list ap)
{
	char complaint[256];

	if (report_to.text[0] != '\0')
		return;
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	snprintf(report_to.text, report_to.size, "%s:%d: %s", report_to.path,
	    cfg == NULL ? 0 : cfg->line, complaint);
}

static cfg_opt_t account_options[] = {
	CFG_STR("address", "", CFGF_NONE),
	CFG_BOOL("tls", cfg_false, CFGF_NODEFAULT),
	CFG_STR("dialect", "realm", CFGF_NONE),
	CFG_STR("fingerprint", "", CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t options[] = {
	CFG_STR("use", CLIENT_ACCOUNT_DEFAULT, CFGF_NONE),
	CFG_BOOL("bell", cfg_false, CFGF_NONE),
	CFG_BOOL("notify", cfg_false, CFGF_NONE),
	CFG_SEC("account", account_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_END(),
};

static int
complain(char *error, size_t size, const char *name, const char *what)
{
	snprintf(error, size, _("account \"%s\" in the settings: %s"), name, what);
	return -1;
}

/* Copies a text, which has to fit. */
static bool
copy_text(char *to, size_t size, const char *text)
{
	int len = snprintf(to, size, "%s", text == NULL ? "" : text);

	return len >= 0 && (size_t)len < size;
}

static int
take_account(struct client_settings *settings, cfg_t *section, char *error, size_t size)
{
	struct client_settings_account *to = &settings->accounts[settings->n_accounts];
	const char *name = cfg_title(section), *address = cfg_getstr(section, "address");

	if (settings->n_accounts == CLIENT_SETTINGS_ACCOUNTS)
		return complain(error, size, name, _("there are too many accounts"));
	if (!client_account_name_valid(name))
		return complain(error, size, name, _("this cannot be the name of one"));
	*to = (struct client_settings_account){ .account = { .port = CLIENT_PORT_DEFAULT } };
	copy_text(to->account.name, sizeof(to->account.name), name);
	if (address != NULL && address[0] != '\0' && !client_account_address(&to->account, address))
		return complain(error, size, name, _("the address is not [user@]host[:port]"));
	if (!copy_text(to->account.dialect, sizeof(to->account.dialect),
	        cfg_getstr(section, "dialect")))
		return complain(error, size, name, _("there is no such dialect"));
	if (!copy_text(to->fingerprint, sizeof(to->fingerprint),
	        cfg_getstr(section, "fingerprint")) ||
	    (to->fingerprint[0] != '\0' && !client_known_keys_valid(to->fingerprint)))
		return complain(error, size, name,
		    _("the fingerprint is not SHA256: and 64 digits"));
	to->tls_told = cfg_size(section, "tls") > 0;
	to->account.tls = to->tls_told && cfg_getbool(section, "tls");
	settings->n_accounts++;
	return 0;
}

static int
take_settings(struct client_settings *settings, cfg_t *cfg, char *error, size_t size)
{
	const char *use = cfg_getstr(cfg, "use");

	if (!client_account_name_valid(use))
		return complain(error, size, use, _("this cannot be the name of one"));
	copy_text(settings->use, sizeof(settings->use), use);
	settings->bell = cfg_getbool(cfg, "bell");
	settings->notify = cfg_getbool(cfg, "notify");
	for (unsigned int i = 0; i < cfg_size(cfg, "account"); i++)
		if (take_account(settings, cfg_getnsec(cfg, "account", i), error, size) != 0)
			return -1;
	return 0;
}

/* Parses the text of the file. 0, or -1 with a sentence. */
static int
read_settings(struct client_settings *settings, const char *text, char *error, size_t size)
{
	cfg_t *cfg = cfg_init(options, CFGF_NONE);
	int result = -1;

	if (cfg == NULL) {
		snprintf(error, size, "%s", strerror(ENOMEM));
		return -1;
	}
	cfg_set_error_function(cfg, report);
	if (cfg_parse_buf(cfg, text) == CFG_SUCCESS)
		result = take_settings(settings, cfg, error, size);
	cfg_free(cfg);
	return result;
}

int
client_settings_load(struct client_settings *settings, char *error, size_t size)
{
	char path[CLIENT_PATH_MAX];
	int result = -1;
	char *text;
	size_t len;

	*settings = (struct client_settings){ .use = CLIENT_ACCOUNT_DEFAULT };
	if (client_path_config("config", path) != 0)
		return 0;
	/* libconfuse ends the program where it cannot read. */
	text = client_path_read(path, FILE_MAX, &len);
	if (text == NULL && errno == ENOENT)
		return 0;
	error[0] = '\0';
	report_to.path = path;
	report_to.text = error;
	report_to.size = size;
	if (text == NULL)
		snprintf(error, size, "%s: %s", path, strerror(errno));
	else if (strlen(text) != len)
		snprintf(error, size, "%s: %s", path, strerror(EILSEQ));
	else
		result = read_settings(settings, text, error, size);
	free(text);
	report_to.path = NULL;
	report_to.text = NULL;
	return result;
}

const struct client_settings_account *
client_settings_find(const struct client_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->n_accounts; i++)
		if (name_same(settings->accounts[i].account.name, name))
			return &settings->accounts[i];
	return NULL;
}

const struct client_settings_account *
client_settings_of(const struct client_settings *settings, const struct client_account *account)
{
	const struct client_settings_account *written =
	    client_settings_find(settings, account->name);

	if (written == NULL || written->account.host[0] == '\0')
		return written;
	return strcasecmp(written->account.host, account->host) == 0 &&
	        written->account.port == account->port
	    ? written
	    : NULL;
}

void
client_settings_fingerprint(const struct client_settings *settings,
    const struct client_account *account, char fingerprint[CLIENT_FINGERPRINT])
{
	const struct client_settings_account *written = client_settings_of(settings, account);
	char known[CLIENT_FINGERPRINT];

	fingerprint[0] = '\0';
	if (written != NULL && written->fingerprint[0] != '\0')
		memcpy(fingerprint, written->fingerprint, CLIENT_FINGERPRINT);
	else if (account->token[0] != '\0' &&
	    client_known_keys_find(account->host, account->port, known) == 0)
		memcpy(fingerprint, account->fingerprint, CLIENT_FINGERPRINT);
}
