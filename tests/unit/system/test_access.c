/*
 * The account name that the service has of its own, as it stands in access lists: Windows makes it
 * of the service's name, by SHA-1 of its capital letters in UTF-16. (Microsoft's [MS-DTYP],
 * S-1-5-80.)
 */
#include "check.h"

#include <windows.h>

#include <bcrypt.h>
#include <sddl.h>

#include "system/access.h"

#define WIDE_(text) L##text
#define WIDE(text) WIDE_(text)

static void the_name_is_made_of_the_service_s(void **state)
{
    static const wchar_t name[] = L"HIPBRIDGE";
    BCRYPT_ALG_HANDLE sha1 = NULL;
    uint32_t parts[5];
    char text[80];
    (void)state;
    assert_int_equal(BCryptOpenAlgorithmProvider(&sha1, BCRYPT_SHA1_ALGORITHM, NULL, 0), 0);
    BCRYPT_HASH_HANDLE hash = NULL;
    assert_int_equal(BCryptCreateHash(sha1, &hash, NULL, 0, NULL, 0, 0), 0);
    assert_int_equal(BCryptHashData(hash, (PUCHAR)name, sizeof name - sizeof *name, 0), 0);
    assert_int_equal(BCryptFinishHash(hash, (PUCHAR)parts, sizeof parts, 0), 0);
    BCryptDestroyHash(hash);
    BCryptCloseAlgorithmProvider(sha1, 0);
    snprintf(text, sizeof text, "S-1-5-80-%lu-%lu-%lu-%lu-%lu", (unsigned long)parts[0],
             (unsigned long)parts[1], (unsigned long)parts[2], (unsigned long)parts[3],
             (unsigned long)parts[4]);
    CHECK_TEXT("NT SERVICE\\HipBridge", text, ACCESS_SERVICE_SID);
}

static void windows_takes_the_lists(void **state)
{
    static const wchar_t *const lists[] = {WIDE(ACCESS_FILE_SDDL),
                                           WIDE(ACCESS_FOLDER_SDDL),
                                           WIDE(ACCESS_OWN_SDDL),
                                           WIDE(ACCESS_FILE_SDDL) ACCESS_SERVICE_FILE,
                                           WIDE(ACCESS_FOLDER_SDDL) ACCESS_SERVICE_FOLDER,
                                           WIDE(ACCESS_ADDRESS_GRANT)};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(lists); i++) {
        PSECURITY_DESCRIPTOR descriptor = NULL;
        if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(lists[i], SDDL_REVISION_1,
                                                                  &descriptor, NULL)) {
            fail_msg("%ls: error %lu", lists[i], GetLastError());
        }
        LocalFree(descriptor);
    }
}

/* Where there is no service, none has another account. */
static void without_a_service_there_is_no_other_account(void **state)
{
    (void)state;
    CHECK_INT("here", true, access_service_is_system());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_is_made_of_the_service_s),
        cmocka_unit_test(windows_takes_the_lists),
        cmocka_unit_test(without_a_service_there_is_no_other_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
