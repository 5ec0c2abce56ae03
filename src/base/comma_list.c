/* comma_list: walks the items of a text that commas divide. */
#include "base/comma_list.h"

#include <string.h>

struct comma_list
comma_list(const char *text, size_t len)
{
	return (struct comma_list){ .at = text, .end = text + len };
}

bool
comma_list_next(struct comma_list *list, const char **item, size_t *len)
{
	if (list->at == NULL)
		return false;
	const char *comma = memchr(list->at, ',', (size_t)(list->end - list->at));
	*item = list->at;
	*len = (size_t)((comma == NULL ? list->end : comma) - list->at);
	list->at = comma == NULL ? NULL : comma + 1;
	return true;
}
