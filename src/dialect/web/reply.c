/* dialect_web_reply: one table says what each status is called and means. */
#include "dialect/web/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "dialect/code.h"
#include "dialect/realm.h"

#define LINE_SIZE 1024
#define JSON_TYPE "application/json"

/* No result: the path or the method is unknown. */
#define UNKNOWN CHAT_RESULTS

static const struct {
	int status;
	const char *reason;
	enum chat_result result; /* of an error of HTTP itself */
} statuses[] = {
	{ 100, "Continue", CHAT_OK }, { 101, "Switching Protocols", CHAT_OK },
	{ 200, "OK", CHAT_OK }, { 206, "Partial Content", CHAT_OK },
	{ 304, "Not Modified", CHAT_OK }, { 308, "Permanent Redirect", CHAT_OK },
	{ 400, "Bad Request", CHAT_BAD_ARGUMENT }, { 401, "Unauthorized", CHAT_NO_SESSION },
	{ 403, "Forbidden", CHAT_FORBIDDEN }, { 404, "Not Found", UNKNOWN },
	{ 405, "Method Not Allowed", UNKNOWN }, { 409, "Conflict", CHAT_USER_EXISTS },
	{ 411, "Length Required", CHAT_BAD_ARGUMENT }, { 413, "Content Too Large", CHAT_TOO_BIG },
	{ 415, "Unsupported Media Type", CHAT_BAD_ARGUMENT },
	{ 416, "Range Not Satisfiable", CHAT_BAD_ARGUMENT },
	{ 417, "Expectation Failed", CHAT_BAD_ARGUMENT },
	{ 426, "Upgrade Required", CHAT_BAD_ARGUMENT }, { 429, "Too Many Requests", CHAT_TOO_SOON },
	{ 431, "Request Header Fields Too Large", CHAT_BAD_ARGUMENT },
	{ 501, "Not Implemented", UNKNOWN }, { 503, "Service Unavailable", CHAT_FAILED },
	{ 505, "HTTP Version Not Supported", UNKNOWN },
	{ 507, "Insufficient Storage", CHAT_NO_SPACE },
	{ 500, "Internal Server Error", CHAT_FAILED }, /* the last: for all others */
};

static const int results[CHAT_RESULTS] = {
	[CHAT_NO_SESSION] = 401,
	[CHAT_NO_USER] = 404,
	[CHAT_BAD_PASSWORD] = 403,
	[CHAT_LOCKED] = 403,
	[CHAT_USER_EXISTS] = 409,
	[CHAT_NEEDS_INVITATION] = 403,
	[CHAT_NO_INVITATION] = 403,
	[CHAT_NO_GROUP] = 404,
	[CHAT_GROUP_EXISTS] = 409,
	[CHAT_ALREADY_MEMBER] = 409,
	[CHAT_NOT_MEMBER] = 403,
	[CHAT_NOT_INVITED] = 403,
	[CHAT_BAD_KEY] = 403,
	[CHAT_GROUP_FULL] = 403,
	[CHAT_BANNED] = 403,
	[CHAT_NO_REALM] = 404,
	[CHAT_FORBIDDEN] = 403,
	[CHAT_NO_FILE] = 404,
	[CHAT_TOO_BIG] = 413,
	[CHAT_QUOTA] = 507,
	[CHAT_BUDGET] = 429,
	[CHAT_TOO_MANY] = 403,
	[CHAT_INBOX_FULL] = 507,
	[CHAT_QUEUE_FULL] = 503,
	[CHAT_REFUSED] = 403,
	[CHAT_NO_ANSWER] = 503,
	[CHAT_NO_SPACE] = 507,
	[CHAT_BLOCKED] = 403,
	[CHAT_TOO_SOON] = 429,
	[CHAT_UNSURE] = 503,
	[CHAT_FAILED] = 503,
};

static size_t
find_status(int status)
{
	size_t last = sizeof(statuses) / sizeof(statuses[0]) - 1, i;

	for (i = 0; i < last && statuses[i].status != status; i++)
		;
	return i;
}

static void
write_text(struct dialect_web_exchange *x, const char *text)
{
	frame_write(&x->dialog->frame, text, strlen(text));
}

void
dialect_web_reply_header(struct dialect_web_exchange *x, const char *name, const char *format, ...)
{
	char value[LINE_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	write_text(x, name);
	write_text(x, ": ");
	write_text(x, value);
	write_text(x, "\r\n");
}

/* The form of RFC 9110, 5.6.7; kabard has the locale C. */
static void
write_date(struct dialect_web_exchange *x)
{
	time_t now = (time_t)(clock_now_ms() / 1000);
	struct tm utc;
	char text[64];

	if (gmtime_r(&now, &utc) != NULL &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc) > 0)
		dialect_web_reply_header(x, "Date", "%s", text);
}

void
dialect_web_reply_begin(struct dialect_web_exchange *x, int status, const char *type,
    int64_t length)
{
	size_t row = find_status(status);
	char line[LINE_SIZE];

	log_debug("%s: %d", x->route, status);
	snprintf(line, sizeof(line), "HTTP/1.1 %d %s\r\n", statuses[row].status,
	    statuses[row].reason);
	write_text(x, line);
	write_date(x);
	dialect_web_reply_header(x, "Content-Security-Policy", "%s",
	    x->policy == NULL ? DIALECT_WEB_POLICY : x->policy);
	write_text(x,
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\n"
	    "Cross-Origin-Opener-Policy: same-origin\r\n"
	    "Cross-Origin-Resource-Policy: same-origin\r\n");
	if (type != NULL)
		dialect_web_reply_header(x, "Content-Type", "%s", type);
	if (length != DIALECT_WEB_NO_BODY)
		dialect_web_reply_header(x, "Content-Length", "%lld", (long long)length);
	if (x->close)
		write_text(x, "Connection: close\r\n");
}

bool
dialect_web_reply_end(struct dialect_web_exchange *x)
{
	write_text(x, "\r\n");
	if (x->close)
		x->dialog->ending = true;
	return x->method != DIALECT_WEB_HEAD;
}

void
dialect_web_reply_continue(struct dialect_web_exchange *x)
{
	if (x->expects)
		write_text(x, "HTTP/1.1 100 Continue\r\n\r\n");
	x->expects = false;
}

void
dialect_web_reply_json_begin(struct dialect_web_json *json, const char *status)
{
	json->buffer = (struct json_out_buffer){ .text = json->text, .size = sizeof(json->text) };
	json_out_init(&json->out, json_out_fill, &json->buffer);
	json_out_object_begin(&json->out);
	json_out_pair(&json->out, "status", status);
}

void
dialect_web_reply_json(struct dialect_web_exchange *x, int status, struct dialect_web_json *json,
    const char *headers)
{
	json_out_object_end(&json->out);
	dialect_web_reply_begin(x, status, JSON_TYPE, (int64_t)json->buffer.len);
	write_text(x, "Cache-Control: no-store\r\n");
	write_text(x, headers);
	if (dialect_web_reply_end(x))
		frame_write(&x->dialog->frame, json->buffer.text, json->buffer.len);
}

static void
reply_error(struct dialect_web_exchange *x, int status, const char *text, const char *code,
    const char *headers)
{
	struct dialect_web_json json;

	dialect_web_reply_json_begin(&json, "ERROR");
	json_out_pair(&json.out, "message", text);
	json_out_pair(&json.out, "code", code);
	dialect_web_reply_json(x, status, &json, headers);
}

static const char *
text_of(enum chat_result result)
{
	const char *const *texts = dialect_realm_tables.texts->results;

	return texts[result] != NULL ? texts[result] : texts[CHAT_FAILED];
}

void
dialect_web_reply_error(struct dialect_web_exchange *x, int status, enum chat_result result)
{
	const struct dialog *dialog = x->dialog;
	char later[DIALECT_LATER_SIZE], headers[64] = "";
	const char *text = text_of(result);

	chat_count(&dialog->chat, result, false);
	if (result == CHAT_TOO_SOON) {
		text = dialect_later(dialog, text, later);
		snprintf(headers, sizeof(headers), "Retry-After: %u\r\n", dialog->retry_s);
	} else if (status == 401) {
		snprintf(headers, sizeof(headers), "WWW-Authenticate: Cookie\r\n");
	}
	reply_error(x, status, text, dialect_code(result), headers);
}

void
dialect_web_reply_result(struct dialect_web_exchange *x, enum chat_result result)
{
	int status = result < CHAT_RESULTS && results[result] != 0 ? results[result] : 400;

	dialect_web_reply_error(x, status, result);
}

void
dialect_web_reply_refuse(struct dialect_web_exchange *x, int status, const char *headers)
{
	enum chat_result result = statuses[find_status(status)].result;

	if (result == UNKNOWN)
		reply_error(x, status, dialect_realm_tables.texts->unknown, DIALECT_CODE_UNKNOWN,
		    headers);
	else
		reply_error(x, status, text_of(result), dialect_code(result), headers);
}
