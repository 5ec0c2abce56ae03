/* config: reads the configuration through libconfuse, checks it as a whole, and prints it. */
#include "config/config.h"

#include <bsd/string.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "config/dialects.h"
#include "config/source.h"
#include "config/table.h"
#include "config/value.h"

#define SECTION_FLAGS (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)
#define COMPLAINT_MAX 256 /* bytes of what is wrong with a value */

/* A kind of section, or the settings outside of all; the structs begin with the section's name. */
struct section_kind {
	const char *name;
	size_t struct_size;
	const struct config_tunable *(*tunables)(size_t *n);
};

static const struct section_kind root_kind = {
	.name = "root",
	.struct_size = sizeof(struct config),
	.tunables = config_table,
};
static const struct section_kind listen_kind = {
	.name = "listen",
	.struct_size = sizeof(struct config_listen),
	.tunables = config_table_listen,
};
static const struct section_kind peer_kind = {
	.name = "peer",
	.struct_size = sizeof(struct config_peer),
	.tunables = config_table_peer,
};

/* Where report() writes: libconfuse hands its error function no context. */
static struct {
	char *text;
	size_t size;
	const struct config_source *source;
} report_to;

/* Line 0: the error has no line. */
static void __attribute__((format(printf, 2, 0))) report(cfg_t *cfg, const char *fmt, va_list ap)
{
	const struct config_source *source = report_to.source;
	size_t line = cfg->line > 0 ? (size_t)cfg->line : 0;
	const char *file = cfg->filename;
	char place[16] = "";
	char complaint[COMPLAINT_MAX];

	if (line > source->n_lines)
		line = source->n_lines;
	if (line > 0) {
		file = source->lines[line - 1].file;
		snprintf(place, sizeof(place), "%d:", source->lines[line - 1].number);
	}
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	snprintf(report_to.text, report_to.size, "%s:%s %s", file, place, complaint);
}

static const struct section_kind *
kind_of(const cfg_t *cfg)
{
	if (strcmp(cfg->name, listen_kind.name) == 0)
		return &listen_kind;
	if (strcmp(cfg->name, peer_kind.name) == 0)
		return &peer_kind;
	return &root_kind;
}

/* Checks a value while its line is known, and keeps its text for later. */
static int
check_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct config_tunable *tunables;
	char complaint[COMPLAINT_MAX];
	size_t i, n;

	tunables = kind_of(cfg)->tunables(&n);
	for (i = 0; i < n && strcmp(tunables[i].name, opt->name) != 0; i++)
		;
	if (config_value_parse(&tunables[i], value, NULL, complaint, sizeof(complaint)) == -1) {
		cfg_error(cfg, "%s", complaint);
		return -1;
	}
	*(const char **)result = value;
	return 0;
}

/* Options for libconfuse, made from the table; with room for `extra` more before the end. */
static cfg_opt_t *
make_options(const struct section_kind *kind, size_t extra)
{
	const struct config_tunable *tunables;
	cfg_opt_t *options;
	size_t i, n;

	tunables = kind->tunables(&n);
	options = calloc(n + extra + 1, sizeof(*options));
	if (options == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		options[i] =
		    (cfg_opt_t)CFG_STR_CB(tunables[i].name, NULL, CFGF_NODEFAULT, check_value);
	for (; i < n + extra + 1; i++)
		options[i] = (cfg_opt_t)CFG_END();
	return options;
}

static cfg_t *
make_parser(void)
{
	cfg_opt_t *listen = make_options(&listen_kind, 0);
	cfg_opt_t *peer = make_options(&peer_kind, 0);
	cfg_opt_t *root = make_options(&root_kind, 2);
	cfg_t *cfg = NULL;
	int n;

	if (listen == NULL || peer == NULL || root == NULL)
		goto out;
	n = cfg_numopts(root);
	root[n] = (cfg_opt_t)CFG_SEC(listen_kind.name, listen, SECTION_FLAGS);
	root[n + 1] = (cfg_opt_t)CFG_SEC(peer_kind.name, peer, SECTION_FLAGS);
	cfg = cfg_init(root, CFGF_NONE);
	if (cfg == NULL)
		goto out;
	cfg_set_error_function(cfg, report);
out:
	free(listen);
	free(peer);
	free(root);
	return cfg;
}

/* Fills the struct at `base` with the values of the file, or the defaults. */
static int
fill_struct(const struct section_kind *kind, cfg_t *cfg, void *base)
{
	const struct config_tunable *tunables;
	char complaint[COMPLAINT_MAX];
	const char *text;
	size_t i, n;

	tunables = kind->tunables(&n);
	for (i = 0; i < n; i++) {
		text = cfg_getstr(cfg, tunables[i].name);
		if (text == NULL)
			text = tunables[i].initial;
		if (text == NULL) {
			cfg_error(cfg, "%s is not set", tunables[i].name);
			return -1;
		}
		if (config_value_parse(&tunables[i], text, base, complaint, sizeof(complaint)) ==
		    -1) {
			cfg_error(cfg, "%s", complaint);
			return -1;
		}
	}
	return 0;
}

/* libconfuse refuses a second title in the same case only. */
static int
check_title(cfg_t *cfg, const struct section_kind *kind, unsigned int index)
{
	cfg_t *section = cfg_getnsec(cfg, kind->name, index);
	const char *title = cfg_title(section);
	unsigned int i;

	if (!name_valid(title, strlen(title))) {
		cfg_error(section, "bad name for a %s section: \"%s\"", kind->name, title);
		return -1;
	}
	for (i = 0; i < index; i++)
		if (name_same(cfg_title(cfg_getnsec(cfg, kind->name, i)), title)) {
			cfg_error(section, "found duplicate title '%s'", title);
			return -1;
		}
	return 0;
}

/* Makes the array of structs for the sections of one kind; NULL and 0 if there are none. */
static int
fill_sections(const struct section_kind *kind, cfg_t *cfg, void **list, size_t *n_list)
{
	unsigned int n = cfg_size(cfg, kind->name);
	unsigned int i;
	cfg_t *section;
	char *base;

	*list = NULL;
	*n_list = 0;
	if (n == 0)
		return 0;
	base = calloc(n, kind->struct_size);
	*list = base;
	if (base == NULL) {
		cfg_error(cfg, "%s", strerror(errno));
		return -1;
	}
	*n_list = n;
	for (i = 0; i < n; i++, base += kind->struct_size) {
		section = cfg_getnsec(cfg, kind->name, i);
		if (check_title(cfg, kind, i) == -1 || fill_struct(kind, section, base) == -1)
			return -1;
		strlcpy(base, cfg_title(section), NAME_MAX_BYTES + 1);
	}
	return 0;
}

static int
check_listen(cfg_t *section, const struct config *config, const struct config_listen *listen)
{
	if ((listen->certificate[0] == '\0') != (listen->key[0] == '\0')) {
		cfg_error(section, "listen %s has a certificate or a key, but needs both or none",
		    listen->name);
		return -1;
	}
	if (listen->key[0] != '\0' && strcmp(listen->dialect, CONFIG_DIALECT_PEER) == 0) {
		cfg_error(section, "listen %s: other realms know this one by its own key only",
		    listen->name);
		return -1;
	}
	if (listen->trusted_proxy[0] != '\0' && strcmp(listen->dialect, CONFIG_DIALECT_WEB) != 0) {
		cfg_error(section, "listen %s has a trusted_proxy, but no page", listen->name);
		return -1;
	}
	if (listen->prefix[0] != '\0' && strcmp(listen->dialect, CONFIG_DIALECT_WEB) != 0) {
		cfg_error(section, "listen %s has a prefix, but no page", listen->name);
		return -1;
	}
	if (!config->history && strcmp(listen->dialect, CONFIG_DIALECT_IRC) == 0) {
		cfg_error(section, "listen %s serves IRC, which needs history = on", listen->name);
		return -1;
	}
	return 0;
}

/* A peer is known by its key alone. */
static int
check_key(cfg_t *section, const struct config *config, const struct config_peer *peer)
{
	const struct config_peer *other;

	for (other = config->peers; other != peer; other++)
		if (!other->legacy && strcmp(other->fingerprint, peer->fingerprint) == 0) {
			cfg_error(section, "peer %s has the fingerprint of peer %s", peer->name,
			    other->name);
			return -1;
		}
	return 0;
}

static int
check_peer(cfg_t *section, const struct config *config, const struct config_peer *peer)
{
	if (name_same(peer->name, config->realm)) {
		cfg_error(section, "peer %s bears this realm's own name", peer->name);
		return -1;
	}
	if (!peer->legacy && peer->fingerprint[0] == '\0') {
		cfg_error(section, "peer %s has neither a fingerprint nor legacy = on", peer->name);
		return -1;
	}
	return peer->legacy ? 0 : check_key(section, config, peer);
}

static int
fill_all(struct config *config, cfg_t *cfg)
{
	void *listens = NULL;
	void *peers = NULL;
	unsigned int i;
	int result;

	if (fill_struct(&root_kind, cfg, config) == -1)
		return -1;
	result = fill_sections(&listen_kind, cfg, &listens, &config->n_listens);
	config->listens = listens;
	for (i = 0; i < config->n_listens && result == 0; i++)
		result = check_listen(cfg_getnsec(cfg, listen_kind.name, i), config,
		    &config->listens[i]);
	if (result == -1)
		return -1;
	result = fill_sections(&peer_kind, cfg, &peers, &config->n_peers);
	config->peers = peers;
	for (i = 0; i < config->n_peers && result == 0; i++)
		result = check_peer(cfg_getnsec(cfg, peer_kind.name, i), config, &config->peers[i]);
	return result;
}

/* report() has told what libconfuse refuses; any other failure is lack of memory. */
static int
parse_text(cfg_t *cfg, const char *path, char *text)
{
	FILE *file = fmemopen(text, strlen(text), "r");
	int result = -1;

	cfg->filename = strdup(path);
	if (file != NULL && cfg->filename != NULL)
		result = cfg_parse_fp(cfg, file) == CFG_SUCCESS ? 0 : -1;
	if (file != NULL)
		fclose(file);
	cfg->line = 0;
	return result;
}

/* The path by which it can be read again from another directory. */
static void
keep_path(struct config *config, const char *path)
{
	char *absolute = realpath(path, NULL);

	if (absolute != NULL && strlen(absolute) < sizeof(config->path))
		memcpy(config->path, absolute, strlen(absolute) + 1);
	free(absolute);
}

int
config_load(struct config *config, const char *path, char *error, size_t size)
{
	struct config_source source;
	cfg_t *cfg = NULL;
	int result = -1;

	memset(config, 0, sizeof(*config));
	if (config_source_read(&source, path, error, size) != 0)
		return -1;
	snprintf(error, size, "%s: %s", path, strerror(ENOMEM));
	report_to.text = error;
	report_to.size = size;
	report_to.source = &source;
	cfg = make_parser();
	if (cfg != NULL && parse_text(cfg, path, source.text) == 0 && fill_all(config, cfg) == 0)
		result = 0;
	if (cfg != NULL)
		cfg_free(cfg);
	config_source_free(&source);
	if (result == -1)
		config_free(config);
	else
		keep_path(config, path);
	return result;
}

void
config_free(struct config *config)
{
	free(config->listens);
	free(config->peers);
	free(config->motd_text);
	memset(config, 0, sizeof(*config));
}

static void
print_settings(const struct section_kind *kind, const char *indent, const void *base, FILE *out)
{
	const struct config_tunable *tunables;
	size_t i, n;

	tunables = kind->tunables(&n);
	for (i = 0; i < n; i++) {
		fprintf(out, "%s%s = ", indent, tunables[i].name);
		config_value_print(&tunables[i], base, out);
		fputc('\n', out);
	}
}

static void
print_sections(const struct section_kind *kind, const void *list, size_t n_list, FILE *out)
{
	const char *base = list; /* begins with the section's name */
	size_t i;

	for (i = 0; i < n_list; i++, base += kind->struct_size) {
		fprintf(out, "\n%s \"%s\" {\n", kind->name, base);
		print_settings(kind, "\t", base, out);
		fputs("}\n", out);
	}
}

int
config_print(const struct config *config, FILE *out)
{
	print_settings(&root_kind, "", config, out);
	print_sections(&listen_kind, config->listens, config->n_listens, out);
	print_sections(&peer_kind, config->peers, config->n_peers, out);
	return fflush(out) == EOF || ferror(out) ? -1 : 0;
}
