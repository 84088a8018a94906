#define COBJMACROS
#include <windows.h>

#include <initguid.h>

#include <msopc.h>

#include <stdio.h>
#include <stdlib.h>

#include "console.h"
#include "package.h"
#include "system/file.h"
#include "system/wide.h"

struct package {
    IOpcFactory *factory;
    IOpcPackage *package;
    IOpcPartSet *parts;
};

static bool failed(struct error *err, HRESULT code, const char *what)
{
    return wide_error(err, (unsigned long)code, "%s", console_say(what));
}

struct package *package_new(struct error *err)
{
    struct package *package = calloc(1, sizeof *package);
    if (package == NULL) {
        error_set(err, ERR_MEMORY, 0, console_say("no memory for the file"));
        return NULL;
    }
    HRESULT code = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(code)) {
        code = CoCreateInstance(&CLSID_OpcFactory, NULL, CLSCTX_INPROC_SERVER, &IID_IOpcFactory,
                                (void **)&package->factory);
    }
    if (SUCCEEDED(code)) {
        code = IOpcFactory_CreatePackage(package->factory, &package->package);
    }
    if (SUCCEEDED(code)) {
        code = IOpcPackage_GetPartSet(package->package, &package->parts);
    }
    if (FAILED(code)) {
        failed(err, code, "cannot use Windows' packaging");
        package_free(package);
        return NULL;
    }
    return package;
}

void package_free(struct package *package)
{
    if (package == NULL) {
        return;
    }
    if (package->parts != NULL) {
        IOpcPartSet_Release(package->parts);
    }
    if (package->package != NULL) {
        IOpcPackage_Release(package->package);
    }
    if (package->factory != NULL) {
        IOpcFactory_Release(package->factory);
    }
    free(package);
}

bool package_add(struct package *package, const char *name, struct span text, struct error *err)
{
    char path[80];
    wchar_t wide[80];
    IOpcPartUri *uri = NULL;
    IOpcPart *part = NULL;
    IStream *stream = NULL;
    ULONG written = 0;
    snprintf(path, sizeof path, "/%s", name);
    if (!wide_from_utf8(path, wide, HB_COUNT(wide), err)) {
        return false;
    }
    HRESULT code = IOpcFactory_CreatePartUri(package->factory, wide, &uri);
    if (SUCCEEDED(code)) {
        code = IOpcPartSet_CreatePart(package->parts, uri, L"text/plain", OPC_COMPRESSION_NORMAL,
                                      &part);
    }
    if (SUCCEEDED(code)) {
        code = IOpcPart_GetContentStream(part, &stream);
    }
    if (SUCCEEDED(code)) {
        code = IStream_Write(stream, text.at, (ULONG)text.len, &written);
    }
    if (stream != NULL) {
        IStream_Release(stream);
    }
    if (part != NULL) {
        IOpcPart_Release(part);
    }
    if (uri != NULL) {
        IOpcPartUri_Release(uri);
    }
    return SUCCEEDED(code) || failed(err, code, "cannot put something into the file");
}

bool package_write(struct package *package, const char *path, struct error *err)
{
    wchar_t wide[FILE_PATH_MAX];
    IStream *stream = NULL;
    if (file_exists(path)) {
        return error_set(err, ERR_EXISTS, 0, console_say("%s is there already"), path);
    }
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, err)) {
        return false;
    }
    HRESULT code = IOpcFactory_CreateStreamOnFile(package->factory, wide, OPC_STREAM_IO_WRITE, NULL,
                                                  0, &stream);
    if (SUCCEEDED(code)) {
        code = IOpcFactory_WritePackageToStream(package->factory, package->package,
                                                OPC_WRITE_DEFAULT, stream);
    }
    if (stream != NULL) {
        IStream_Release(stream);
    }
    return SUCCEEDED(code) || failed(err, code, "cannot write the file");
}
