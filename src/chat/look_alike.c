/* chat_look_alike: compares what names look like with what they must not look like. */
#include "chat/look_alike.h"

#include <stdint.h>
#include <string.h>

#include "chat/invitation.h"

/* Words in the folded form of chat_look_alike_fold(). */
static const char *const reserved[] = { "kabar", "admln", "admlnlstrator", "root", "server",
	"system", "slstem", "moderator", "operator", "support", NULL };

#define OWN '\1'

/* Letters of other scripts that look like one of ours. */
static const struct {
	uint32_t letter;
	char as;
} confusable[] = {
	{ 0x0430, 'a' },
	{ 0x0410, 'a' },
	{ 0x0432, 'b' },
	{ 0x0412, 'b' },
	{ 0x0441, 'c' },
	{ 0x0421, 'c' },
	{ 0x0435, 'e' },
	{ 0x0415, 'e' },
	{ 0x0456, 'l' },
	{ 0x0406, 'l' },
	{ 0x043a, 'k' },
	{ 0x041a, 'k' },
	{ 0x043c, 'm' },
	{ 0x041c, 'm' },
	{ 0x043e, 'o' },
	{ 0x041e, 'o' },
	{ 0x0440, 'p' },
	{ 0x0420, 'p' },
	{ 0x0455, 's' },
	{ 0x0405, 's' },
	{ 0x0442, 't' },
	{ 0x0422, 't' },
	{ 0x0443, 'y' },
	{ 0x03b1, 'a' },
	{ 0x0391, 'a' },
	{ 0x0392, 'b' },
	{ 0x03ba, 'k' },
	{ 0x039a, 'k' },
	{ 0x03bf, 'o' },
	{ 0x039f, 'o' },
	{ 0x03c1, 'p' },
	{ 0x03a1, 'p' },
	{ 0x0399, 'l' },
	{ 0x03b9, 'l' },
	{ 0x0131, 'l' },
};

/* Takes one character of valid UTF-8. */
static uint32_t
next_character(const unsigned char **at)
{
	uint32_t c = *(*at)++;
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

	if (more > 0)
		c &= 0x3fU >> more;
	for (; more > 0 && (**at & 0xc0) == 0x80; more--)
		c = c << 6 | (*(*at)++ & 0x3f);
	return c;
}

/* What a character looks like; 0: like nothing; OWN: like no character of ours. */
static char
fold_character(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e) /* the wide forms of ASCII */
		c -= 0xff01 - '!';
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	for (size_t i = 0; c >= 0x80 && i < sizeof(confusable) / sizeof(confusable[0]); i++)
		if (confusable[i].letter == c)
			return confusable[i].as;
	switch (c) {
	case '0':
		return 'o';
	case '1':
	case 'i':
	case '|':
		return 'l';
	case ' ':
	case '.':
	case '-':
	case '_':
	case 0xa0:
	case 0xad:
		return 0;
	default:
		return c >= 0x200b && c <= 0x200f ? 0 : c < 0x80 ? (char)c : OWN;
	}
}

size_t
chat_look_alike_fold(const char *text, char *out, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t len = 0;

	while (*at != '\0') {
		const unsigned char *begin = at;
		char c = fold_character(next_character(&at));
		size_t own = c == OWN ? (size_t)(at - begin) : c != 0;

		if (len + own > size)
			break;
		if (c == OWN)
			memcpy(out + len, begin, own);
		else if (c != 0)
			out[len] = c;
		len += own;
	}
	return len;
}

static bool
is_reserved(const char *text)
{
	char folded[CHAT_FULLNAME_MAX];
	size_t len = chat_look_alike_fold(text, folded, sizeof(folded));

	for (size_t i = 0; reserved[i] != NULL; i++)
		if (strlen(reserved[i]) == len && memcmp(reserved[i], folded, len) == 0)
			return true;
	return false;
}

/* Looks for a user whose name is the full name with another sign, or none, between its words. */
static enum chat_result
find_user(struct chat *chat, const struct chat_user *user, char between)
{
	char name[CHAT_FULLNAME_MAX + 1];
	struct chat_user other;
	size_t len = 0;

	for (const char *c = user->fullname; *c != '\0'; c++)
		if (*c != ' ')
			name[len++] = *c;
		else if (between != '\0')
			name[len++] = between;
	name[len] = '\0';
	if (name_same(name, user->name))
		return CHAT_NO_USER;
	enum chat_result result =
	    chat_user_find(chat, (struct chat_text){ .data = name, .len = len }, &other);
	return result == CHAT_OK && other.id == user->id ? CHAT_NO_USER : result;
}

enum chat_result
chat_look_alike_check(struct chat *chat, const struct chat_user *user)
{
	static const char signs[] = { '_', '-', '.', '\0' };

	if (is_reserved(user->name) || is_reserved(user->fullname))
		return CHAT_BAD_ARGUMENT;
	for (size_t i = 0; i < sizeof(signs); i++) {
		enum chat_result result = find_user(chat, user, signs[i]);

		if (result != CHAT_NO_USER)
			return result == CHAT_OK ? CHAT_USER_EXISTS : result;
	}
	return CHAT_OK;
}

enum chat_result
chat_look_alike_register(struct chat *chat, struct chat_user *user, const char *password,
    const char *letters)
{
	struct chat_invitation invitation;
	enum chat_result result = CHAT_OK;

	/* Without a code nobody learns which names are taken. */
	if (letters != NULL)
		result = chat_user_invitation(chat, letters, &invitation);
	if (result == CHAT_OK)
		result = chat_look_alike_check(chat, user);
	return result == CHAT_OK ? chat_user_add_invited(chat, user, password, letters) : result;
}
