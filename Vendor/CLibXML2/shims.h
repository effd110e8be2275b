#pragma once
// libxml2 for EPPSchema: setting it up, reading a document into a tree, reading schemas, and holding the one against the other.
#include <libxml/xmlversion.h>
// Debian's libxml2 would bring in ICU's headers, which contradict the ones inside Foundation: a file that imports both
// modules then compiles or not, by their order. What they add is the end of a structure that nobody here looks into.
#undef LIBXML_ICU_ENABLED
#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

// A variable of the library's, which Swift takes for shared state that anybody may change.
static inline void cxml_free(void *memory) { xmlFree(memory); }
