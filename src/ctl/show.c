/*
 * ctl_show: prints one record in full.
 */
#include "ctl/show.h"

#include <string.h>

void
ctl_show_begin(struct ctl_show *show, struct ctl *ctl, const struct ctl_fields *fields,
    const void *record)
{
	char text[CTL_FIELD_TEXT_MAX];

	*show = (struct ctl_show){ .ctl = ctl };
	if (ctl->json) {
		ctl_json_begin(&show->json);
		json_out_object_begin(&show->json);
		ctl_field_put(fields, CTL_SHOW_KEY, record, &show->json);
		return;
	}
	for (size_t i = 0; i < fields->n; i++) {
		if ((fields->list[i].forms & CTL_LINE) == 0)
			continue;
		ctl_field_print(&fields->list[i], record, text);
		ctl_print_field(ctl_field_label(&fields->list[i]), text);
	}
}

void
ctl_show_end(struct ctl_show *show)
{
	if (!show->ctl->json)
		return;
	json_out_object_end(&show->json);
	ctl_json_end(&show->json);
}

void
ctl_show_list_begin(struct ctl_show *show, const char *key, const char *label)
{
	show->label = label;
	if (!show->ctl->json)
		return;
	json_out_key(&show->json, key);
	json_out_array_begin(&show->json);
}

void
ctl_show_list_end(struct ctl_show *show, const char *none)
{
	if (show->ctl->json)
		json_out_array_end(&show->json);
	else if (*show->label != '\0')
		ctl_print_field(show->label, none);
}

void
ctl_show_text(struct ctl_show *show, const char *text)
{
	if (show->ctl->json)
		ctl_json_string(&show->json, text, strlen(text));
	else
		ctl_print_field(show->label, text);
	show->label = "";
}

void
ctl_show_record(struct ctl_show *show, const char *text, const struct ctl_fields *fields,
    const void *record)
{
	if (!show->ctl->json) {
		ctl_show_text(show, text);
		return;
	}
	json_out_object_begin(&show->json);
	ctl_field_put(fields, CTL_SHOW_KEY, record, &show->json);
	json_out_object_end(&show->json);
}
