/*
 * page_resource: the numbers of the page's files in the executable, for page.c and page.rc.
 */
#ifndef HIPBRIDGE_PAGE_RESOURCE_H
#define HIPBRIDGE_PAGE_RESOURCE_H

#define PAGE_HTML 101
#define PAGE_CSS 102
#define PAGE_SCRIPT 103
#define PAGE_WORDS 104
#define PAGE_DRAW 105
#define PAGE_ICON 106
#define PAGE_EVENTS 107
#define PAGE_LISTER 108
#define PAGE_REMEDY 109
#define PAGE_REMEDY_THAI 110

#endif
