/* dialect_web_form: application/x-www-form-urlencoded, in a buffer of fixed size. */
#include "dialect/web/form.h"

#include <string.h>

#define FORM_TYPE "application/x-www-form-urlencoded"

/* Parameters behind the type (charset) make no difference. */
static bool
is_form(const struct dialect_web_request *request)
{
	struct chat_text type;
	const char *end;

	if (!dialect_web_request_header(request, "Content-Type", &type))
		return false;
	end = type.len == 0 ? NULL : memchr(type.data, ';', type.len);
	if (end != NULL)
		type.len = (size_t)(end - type.data);
	return dialect_web_request_is(type, FORM_TYPE);
}

bool
dialect_web_form_comes(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	int status = 0;

	if (!is_form(request))
		status = 415;
	else if (!x->has_length)
		status = 411;
	else if (x->length > DIALECT_WEB_FORM_MAX)
		status = 413;
	if (status != 0)
		dialect_web_reply_refuse(x, status, "");
	return status == 0;
}

bool
dialect_web_form_read(struct dialect_web_exchange *x, struct dialect_web_form *form)
{
	struct frame *frame = &x->dialog->frame;
	const char *data;
	bool last = x->length == 0;
	size_t len;

	form->len = 0;
	if (last)
		return true;
	dialect_web_reply_continue(x);
	frame_stream_bytes(frame, x->length);
	while (!last) {
		if (!frame_chunk(frame, &data, &len, &last)) {
			if (x->dialog->wait(x->dialog))
				continue;
			x->dialog->ending = true;
			return false;
		}
		memcpy(form->body + form->len, data, len);
		form->len += len;
		/* The frame's buffer lies in memory for longer than a password may. */
		explicit_bzero((void *)(uintptr_t)data, len);
	}
	x->length = 0;
	return true;
}

/* A value only shrinks when it is decoded. */
static bool
decode_value(struct chat_text *value)
{
	char decoded[DIALECT_WEB_FORM_MAX + 1];
	ssize_t n = dialect_web_request_decode(*value, true, decoded, sizeof(decoded));

	if (n >= 0) {
		memcpy((void *)(uintptr_t)value->data, decoded, (size_t)n);
		value->len = (size_t)n;
	}
	explicit_bzero(decoded, sizeof(decoded));
	return n >= 0;
}

/* The value as it came. False: there are two. */
static bool
find_value(const struct dialect_web_form *form, const char *name, struct chat_text *value)
{
	const char *at = form->body, *end = form->body + form->len;
	size_t name_len = strlen(name);
	bool found = false;

	*value = (struct chat_text){ .data = form->body, .len = 0 };
	while (at < end) {
		const char *next = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((next == NULL ? end : next) - at);

		if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0) {
			if (found)
				return false;
			found = true;
			value->data = at + name_len + 1;
			value->len = len - name_len - 1;
		}
		at += next == NULL ? len : len + 1;
	}
	return true;
}

/* All are found before any is decoded: a decoded value may look like further fields. */
bool
dialect_web_form_fields(struct dialect_web_form *form, const char *const names[],
    struct chat_text values[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!find_value(form, names[i], &values[i]))
			return false;
	for (size_t i = 0; i < n; i++)
		if (!decode_value(&values[i]))
			return false;
	return true;
}
