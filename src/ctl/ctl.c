/*
 * ctl: what kabarctl's commands share: how they complain, report and print. Reading passwords is
 * left to ctl_password.
 */
#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uniwidth.h>

#include "base/name.h"
#include "base/utf8.h"
#include "chat/fsck/fsck.h"

#define ERROR_MAX   8192
#define LABEL_WIDTH 11
#define REPLACEMENT '?'

static bool errors_as_json;

static int
write_to(void *file, const char *data, size_t len)
{
	return fwrite(data, 1, len, file) == len ? 0 : -1;
}

void
ctl_error_as_json(void)
{
	errors_as_json = true;
}

int
ctl_error(int status, const char *format, ...)
{
	char text[ERROR_MAX];
	struct json_out json;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fflush(stdout);
	if (!errors_as_json) {
		fprintf(stderr, "kabarctl: %s\n", text);
		return status;
	}
	json_out_init(&json, write_to, stderr);
	json_out_object_begin(&json);
	ctl_json_text(&json, "error", text);
	json_out_pair_int(&json, "status", status);
	json_out_object_end(&json);
	fputc('\n', stderr);
	return status;
}

int
ctl_result(enum chat_result result, const char *kind, const char *name)
{
	int status = CTL_REFUSED;

	if (result == CHAT_OK)
		return CTL_OK;
	if (result == CHAT_UNSURE)
		status = CTL_UNSURE;
	else if (chat_is_failure(result))
		status = CTL_UNAVAILABLE;
	return ctl_error(status, "%s %s: %s", kind, name, chat_strerror(result));
}

int
ctl_find_user(struct ctl *ctl, const char *name, struct chat_user *user)
{
	return ctl_result(chat_user_find(&ctl->chat, chat_text(name), user), "user", name);
}

int
ctl_name_check(const char *kind, const char *name)
{
	size_t len = strlen(name);

	if (!name_valid(name, len))
		return ctl_error(CTL_REFUSED,
		    "%s %s: a name has 1 to %d letters, digits, dots, dashes and underscores, "
		    "no dot or dash first",
		    kind, name, NAME_MAX_BYTES);
	if (name_reserved(name, len))
		return ctl_error(CTL_REFUSED, "%s %s: this name is reserved", kind, name);
	return CTL_OK;
}

void
ctl_say(const struct ctl *ctl, const char *format, ...)
{
	va_list ap;

	if (ctl->json)
		return;
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
}

struct json_out *
ctl_report(struct ctl *ctl)
{
	struct json_out *json = &ctl->report;

	if (ctl->reporting)
		return json;
	ctl->reporting = true;
	ctl_json_begin(json);
	json_out_object_begin(json);
	ctl_json_text(json, "command", ctl->command);
	json_out_key(json, "arguments");
	json_out_array_begin(json);
	for (size_t i = 0; ctl->operands[i] != NULL; i++)
		ctl_json_string(json, ctl->operands[i], strlen(ctl->operands[i]));
	json_out_array_end(json);
	return json;
}

void
ctl_report_int(struct ctl *ctl, const char *key, int64_t value)
{
	if (ctl->json)
		json_out_pair_int(ctl_report(ctl), key, value);
}

void
ctl_report_text(struct ctl *ctl, const char *key, const char *value)
{
	if (ctl->json)
		ctl_json_text(ctl_report(ctl), key, value);
}

void
ctl_findings_begin(struct ctl *ctl, const char *key)
{
	if (!ctl->json)
		return;
	json_out_key(ctl_report(ctl), key);
	json_out_array_begin(&ctl->report);
}

static void
report_finding(struct json_out *json, const struct store_finding *finding)
{
	static const char *const classes[] = { [STORE_FOUND_WARNING] = "warning",
		[STORE_FOUND_STALE] = "stale",
		[STORE_FOUND_DAMAGED] = "damaged",
		[STORE_FOUND_LOST] = "lost" };
	const char *table = chat_fsck_table(finding->table);

	json_out_object_begin(json);
	ctl_json_text(json, "class", classes[finding->class]);
	if (table != NULL)
		ctl_json_text(json, "table", table);
	if (finding->record[0] != '\0')
		ctl_json_text(json, "record", finding->record);
	if (finding->log != 0)
		json_out_pair_int(json, "log", (int64_t)finding->log);
	ctl_json_text(json, "text", finding->text);
	json_out_object_end(json);
}

void
ctl_finding(struct ctl *ctl, const char *label, const struct store_finding *finding)
{
	if (ctl->json) {
		report_finding(&ctl->report, finding);
		return;
	}
	printf("%s: ", label);
	ctl_print(finding->text);
	putchar('\n');
}

void
ctl_findings_end(struct ctl *ctl)
{
	if (ctl->json)
		json_out_array_end(&ctl->report);
}

void
ctl_report_end(struct ctl *ctl, int status)
{
	if (!ctl->json || (status != CTL_OK && !ctl->reporting))
		return;
	json_out_object_end(ctl_report(ctl));
	ctl_json_end(&ctl->report);
}

/* U+0080 to U+009F: control characters that a terminal may obey, though they are no ASCII. */
static bool
is_c1(const unsigned char *at)
{
	return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
}

static bool
is_control(const unsigned char *at)
{
	return at[0] < ' ' || at[0] == 0x7f || is_c1(at);
}

void
ctl_print(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		putchar(is_control(at) ? REPLACEMENT : *at);
		if (is_c1(at))
			at++;
	}
}

int
ctl_width(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	int width = u8_width(bytes, strlen(text), "UTF-8");

	/* u8_width() gives control characters no width, but a character replaces each. */
	for (const unsigned char *at = bytes; *at != '\0'; at++)
		width += is_control(at);
	return width;
}

void
ctl_print_cell(const char *text, int width)
{
	ctl_print(text);
	for (int n = ctl_width(text); n < width; n++)
		putchar(' ');
}

void
ctl_print_field(const char *label, const char *text)
{
	printf("%-*s", LABEL_WIDTH, label);
	ctl_print(text);
	putchar('\n');
}

void
ctl_time(int64_t time_ms, char *text, size_t size)
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL ||
	    strftime(text, size, "%Y-%m-%d %H:%M:%S %z", &tm) == 0)
		snprintf(text, size, "unknown");
}

void
ctl_json_begin(struct json_out *json)
{
	json_out_init(json, write_to, stdout);
}

void
ctl_json_end(struct json_out *json)
{
	if (json_out_error(json) == 0)
		putchar('\n');
}

void
ctl_json_string(struct json_out *json, const char *value, size_t len)
{
	if (utf8_valid(value, len)) {
		json_out_string(json, value, len);
		return;
	}
	json_out_string_begin(json);
	for (size_t i = 0; i < len; i++)
		json_out_string_part(json, (unsigned char)value[i] < 0x80 ? value + i : "?", 1);
	json_out_string_end(json);
}

void
ctl_json_text(struct json_out *json, const char *key, const char *value)
{
	json_out_key(json, key);
	ctl_json_string(json, value, strlen(value));
}
