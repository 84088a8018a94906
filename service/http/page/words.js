'use strict';
/*
 * Every word of the page, in its languages. {n} is a number, {t} a terminal, {at} a time, {why} a reason as the
 * service says it. A pair is [one, other]. HIP.say(key, parameters) gives the text.
 */
var HIP = window.HIP || {};

HIP.words = {
  en: {
    language: 'Language', title: 'HIP Bridge', asTable: 'As a table', event: 'Event {n}', never: 'never', none: '–',
    running: 'Version {v}, running since {at}', fresh: 'Updated {at}', now: 'just now', others: 'Others', logs: 'Log files',
    loading: 'One moment …',
    nextTitle: 'What to do next', stepTerminal: 'On each terminal set the server address to {a} and the server port to {n}.', stepAccess: 'An attendance program on this PC keeps its punches in {a}: hipctl check-access with this path says what it would give, and what to write into config.json.', stepFolder: 'Have HIP Premium Time save its logs into {a}, or set sync.log_directory.', stepDatabase: 'Fill in “database” in {a}, then hipctl test-db and hipctl reload.', stepConfig: 'All settings are in {a}; open it by the Start menu, HIP Bridge.',

    c_well: 'All is well', c_well_more: 'Everything that arrived is in the database.', restFolder: 'The log folder was read {at}.', restVendor: 'The vendor’s database was read {at}.', restDatabase: 'The database was last reached {at}.', restTerminals: '{a} of {n} terminals are heard.',
    c_moving: ['All is well', 'All is well'], c_moving_more: ['{n} punch is on its way to the database.', '{n} punches are on their way to the database.'],
    c_database_away: ['{n} punch waits because the database cannot be reached', '{n} punches wait because the database cannot be reached'],
    c_database_away_0: 'The database cannot be reached',
    r_database_away: 'Nothing is lost: they are on this PC and go up by themselves. See that the internet works; hipctl test-db examines the rest.',
    c_login_refused: ['{n} punch waits because the database refused the login', '{n} punches wait because the database refused the login'],
    c_login_refused_0: 'The database refused the login',
    r_login_refused: 'Correct user, password or database in config.json, check with hipctl test-db, then hipctl reload.',
    c_table_unusable: ['{n} punch waits because the table cannot be used', '{n} punches wait because the table cannot be used'],
    c_table_unusable_0: 'The table in the database cannot be used',
    r_table_unusable: 'hipctl test-db --create makes the table; an existing one lacks what is named here.',
    c_not_configured: ['No database is named yet: {n} punch is kept on this PC', 'No database is named yet: {n} punches are kept on this PC'],
    c_not_configured_0: 'No database is named yet',
    r_not_configured: 'Start menu, HIP Bridge, “Set up the database”: it asks for the database and tries it (or “database” in config.json, then hipctl reload). All that was collected then goes up.',
    c_backlog: ['{n} punch is still on its way to the database', '{n} punches are still on their way to the database'],
    r_backlog: 'The database takes them more slowly than they come. Look again in a few minutes.',
    c_certificate_ends: ['The database server’s certificate ends in {n} day', 'The database server’s certificate ends in {n} days'],
    c_certificate_ends_0: 'The database server’s certificate ends within a day', c_certificate_ended: 'The database server’s certificate has ended',
    r_certificate_ends: 'Have whoever runs the database server renew it. Once it has ended this PC does not connect any more, and punches wait here until it is renewed. The page knows of it within a day.',
    r_certificate_ended: 'Have whoever runs the database server renew it. The next connection fails, and punches wait here until it is renewed.',
    c_outbox_full: 'The outbox on this PC is full', r_outbox_full: 'Terminals keep their punches for now. Get the database reachable again, or raise outbox.max_mb in config.json.',
    c_rows_refused: ['The database refused {n} punch', 'The database refused {n} punches'],
    r_rows_refused: 'hipctl rejected lists them with the database’s reason; after repair hipctl requeue sends them again.',
    c_lines_rejected: ['{n} line of a terminal needs a person', '{n} lines of terminals need a person'],
    r_lines_rejected: 'They could not be understood. They are listed below with the reason; hipctl rejected shows all.',
    c_aside_full: 'There is no more room for lines of {t} that are not understood', r_aside_full: 'It keeps them and sends them again; what can be read is stored. Look at them with hipctl rejected, read them again after an upgrade with hipctl rejected retry, and close what is no punch with hipctl rejected settle.',
    c_aside_let_go: 'Lines of devices that are not listed were not understood and not kept', r_aside_let_go: 'The last such device was {why}. If it is a terminal of yours, list it under “devices” in config.json, hipctl reload, and have it send again.',
    c_file_lines_rejected: ['{n} line of a log file needs a person', '{n} lines of log files need a person'],
    c_access_refused: 'The vendor’s database is of a kind that cannot be read', r_access_refused: 'Nothing was taken from it. hipctl check-access says what the file is. Correct “access” in config.json, then hipctl reload.',
    c_access_away: 'The vendor’s database cannot be read', r_access_away: 'See that the file is there, that SYSTEM may read it and that no program has it open for itself alone. It is tried again by itself; what is in it is not lost.',
    c_access_full: 'There is no more room to set aside rows of the vendor’s database', r_access_full: 'They wait in that database; the rows that are certain go up. Look with hipctl rejected --sn access, mend the cause, and close what is no punch with hipctl rejected settle.',
    c_access_rows: 'Rows of the vendor’s database were set aside', r_access_rows: 'They do not go up. hipctl rejected lists them with the reason: mostly a terminal to name in “access” of config.json, or a person without a number.',
    c_access_old: 'The newest punch in the vendor’s database is {n} days old', r_access_old: 'Is the vendor’s program still used? If it is, it works with another file: hipctl check-access with the path in its settings says what that one has, hipctl check-config whether Windows keeps a copy of it elsewhere.',
    c_access_restless: 'Pages of the vendor’s database give no rows', r_access_restless: 'They change at each look, or are damaged. Let access.every_s be smaller, or have the vendor’s program repair and compact its database.',
    c_pull_key: 'The terminal at {t} refuses the communication key', r_pull_key: 'The number is in its menu: PC connection, Comm Key. Write it into config.json as comm_key and run hipctl reload.',
    c_pull_layout: 'The records of the terminal at {t} are not understood', r_pull_layout: 'Nothing was taken; they stay in it. Export its log to a USB stick, and send the file that the event names to whoever looks after HIP Bridge.',
    c_pull_stranger: 'Another terminal answers at {t}', r_pull_stranger: 'If it was put there in its place, write its serial number into config.json; else look who has that address.',
    c_pull_away: 'The terminal at {t} is not reached', r_pull_away: 'See that it has power and network, and that no other program reads it. Its punches stay in it.',
    c_pull_refused: 'The terminal at {t} cannot be read', r_pull_refused: 'The reason below says what to do; often it can push instead.',
    c_pull_full: 'The memory of terminal {t} is nearly full', r_pull_full: 'See that all is in the database, then delete the attendance records in its menu: HIP Bridge deletes nothing.',
    c_pull_empty: 'Terminal {t} says that it holds no record', r_pull_empty: 'If people punch on it: choose time attendance as its device type.',
    c_pull_spoilt: 'Many records of terminal {t} cannot be read', r_pull_spoilt: 'They are set aside: hipctl rejected. Export its log to a USB stick and compare.',
    r_file_lines_rejected: 'They are in the file below, with the reason of each. Correct what is a punch and save it as a new file in the log folder.',
    c_terminal_silent: '{t} has been silent since {at}', r_terminal_silent: 'See that it has power and network, and that its server address is this PC’s.',
    c_terminal_never_seen: '{t} has never been heard', r_terminal_never_seen: 'On the terminal set the server address to this PC’s and the port to the one in config.json.',
    c_cannot_listen: 'Terminals cannot be listened for: the port is taken', r_cannot_listen: 'Stop the other program (netstat -ano shows which), or choose another port in config.json and in every terminal.',
    c_cannot_store: 'Punches cannot be stored on this PC', r_cannot_store: 'Terminals keep them for now. Make room on the disk.',
    c_outbox_failed: 'The outbox on this PC cannot be read or written', r_outbox_failed: 'See that the disk has room and is sound; it is tried again by itself.',
    c_log_folder: 'The log folder cannot be read', r_log_folder: 'Correct sync.log_directory in config.json, or give SYSTEM the right to read it; without Premium Time set sync.enabled to false.',
    c_outbox_was_damaged: 'The outbox on this PC was damaged, punches may be missing', r_outbox_was_damaged: 'Restart the terminals, so that they send everything again, and save the last days’ logs once more. Have the disk checked.',
    c_pc_slept: 'This PC slept, and terminals could not deliver', r_pc_slept: 'What was punched meanwhile is in them and comes by itself. Set Windows’ power options so that this PC never sleeps, also with the lid closed.',
    c_pc_clock: 'This PC’s clock was wrong', r_pc_clock: 'Set date and time in Windows and let it synchronise with the internet: terminals copy it.',
    c_terminal_log_deleted: 'Attendance records were deleted on {t}', r_terminal_log_deleted: 'What had arrived here is kept. If nobody was to do so: ask who has the terminal’s administrator menu.',
    c_punches_missing: '{t} holds punches that have not come', r_punches_missing: 'It has been asked to send them again. Missing: {why}.',
    c_punches_still_missing: '{t} was asked for what is missing and did not send it', r_punches_still_missing: 'Still missing: {why}. Ask once more with hipctl device; compare with the terminal’s own display.',
    c_file_stuck: ['{n} log file cannot be read or archived', '{n} log files cannot be read or archived'], r_file_stuck: 'A file that is no log: remove it. Else see that the service may read it and write to the archive folder.',
    c_no_unique_key: 'The table has no unique key over terminal, user and time', r_no_unique_key: 'A punch sent twice could be two rows. Run the statement below once, then restart the service.',
    c_table_odd: 'The table is used, but something about it is odd', r_table_odd: 'Punches that it does not take are set aside. Run the statement below, then restart the service.',
    c_status_tables: 'Head office cannot be told how complete the punches are', r_status_tables: 'The reason is below, mostly a GRANT that the database lacks. Punches go up all the same. Or set database.status_tables to false.',
    c_firewall: 'The firewall could not be opened for terminals', r_firewall: 'If another firewall is in use, open the port there and set listener.open_firewall to false.',
    c_page_unavailable: 'The status page cannot be shown', r_page_unavailable: 'Everything else works; hipctl status shows the state.',
    c_terminal_clock: 'The clock of {t} is wrong', r_terminal_clock: 'It is {why}. See that this PC’s clock and “timezone” are right, then hipctl device with set-clock.',
    c_terminal_twice: 'Two addresses speak for {t} in turn', r_terminal_twice: 'Somebody else may be sending in its name, now from {why}. If its menu shows the address {a} as its own, write into config.json: "devices": [{ "sn": "{sn}", "address": "{a}" }]; then look for the other.',
    sameOf: 'The same of {n} more: {list}.',
    c_unlisted_waits: 'Devices that nobody listed bring punches and have to wait: the outbox is nearly full', r_unlisted_waits: 'What room is left is kept for the terminals in config.json. {why} keeps its punches: if it is yours, list it under “devices” and run hipctl reload; if not, set unknown_devices to reject.',
    c_strangers: 'Many devices that nobody listed and that bring no punch have spoken to this PC', r_strangers: 'Terminals that are listed or bring punches are not affected. List the terminals in config.json, set unknown_devices to reject, and see what is at {why}.',
    c_refused_requests: ['{n} address wanted in and was refused', '{n} addresses wanted in and were refused'], r_refused_requests: 'If the terminal is yours: add its network or serial number in config.json. If not: nothing, it was kept out.',
    c_other_family: ['{n} terminal of another family cannot be understood', '{n} terminals of another family cannot be understood'], r_other_family: 'Read it by HIP Premium Time and its log folder.',
    c_not_guarded: 'Others than administrators may be able to read the service’s files', r_not_guarded: 'See that the data folder is on a disk with NTFS and that SYSTEM has full control of it.',
    c_password_plain: 'A password in config.json could not be protected', r_password_plain: 'See that the file is not read-only; it is tried again at the next start.',
    c_alarm_failed: 'The alarm could not be sent', r_alarm_failed: 'See “alarm” in config.json; hipctl test-alarm sends one now and shows the answer. It is tried again.',
    c_address_changed: 'This PC has another address than the terminals call it by', r_address_changed: 'They called it by the first one below. Give this PC that address again (fixed, or reserved in the router), or set the new one on each terminal.',
    c_nothing_yet: 'Nothing has arrived yet', r_nothing_yet: 'That is as it should be on a new installation; what to do next stands below.',
    c_config_not_taken: 'The changed config.json was not taken', r_config_not_taken: 'The service goes on with the one before. Correct it, check with hipctl check-config, then hipctl reload.',
    c_crashed: 'The service fell and was started again', r_crashed: 'Nothing that a terminal was told OK for is lost. Send the crash dump to whoever looks after HIP Bridge.',
    c_service_stopped: 'The service is not running', r_service_stopped: 'Open services.msc and start “HIP Bridge”.',
    c_gone: 'The service does not answer', r_gone: 'Open services.msc and start “HIP Bridge”. Event Viewer, Application, source HipBridge says why it stopped. What stands below is of {at}.',
    c_unreadable: 'The service cannot read its outbox', r_unreadable: 'The page looks again by itself. {why}',

    fToday: 'Punches today', fTodayNote: '{n} yesterday by {at}', fRows: 'Rows written today', fRowsNote: 'last success {at}', fWaiting: 'Waiting', fWaitingNote: 'the oldest arrived {at}',
    fWaitingNone: 'nothing waits', fTerminals: 'Terminals heard', fTerminalsNote: 'of {n} known',
    hoursTitle: 'Punches an hour, the last seven days', hoursLead: 'By the terminals’ own clocks.', hour: 'Hour', total: 'Together',
    todayTitle: 'Today and a week ago', todayLead: '{a} beside {b}', today: 'Today', before: 'A week ago',
    depthTitle: 'What waited', depthLead: 'Punches not yet in the database, over the last day.', waiting: 'Waiting', age: 'Age of the oldest', time: 'Time',
    delayTitle: 'From punch to row', delayLead: 'How long punches took, over the last day.', delayUpTo: 'within {d}', delayMore: 'longer', delay: 'Time', punches: 'Punches',
    s: '{n} s', min: '{n} min', h: '{n} h', d: ['{n} day', '{n} days'],
    terminalsTitle: 'Terminals', terminalsEmpty: 'No terminal has been heard yet. On each terminal set the server address to this PC’s.',
    tName: 'Terminal', tSeen: 'Last heard', tLast: 'Last punch', tComplete: 'Complete through', tToday: 'Today', tTotal: 'Received', tHolds: 'Says it holds', tFirmware: 'Firmware', tRefused: 'Not let in', tCode: 'code {c}: {n}', tIdentity: 'ID checks: {n}', tClock: 'Clock', tCommands: 'Commands', tAddress: 'Address', tUnlisted: 'not in config.json', tOther: 'also from {a}', strangers: '{n} devices that nobody listed and that never brought a punch; the last {sn} from {a}, {at}', tPush: 'push {v}',
    proof_counted: 'counted: it says it holds as many', proof_read: 'read: its whole memory', proof_file: 'file: its log is archived', proof_none: 'not proven yet', heldBack: 'held back',
    pullTitle: 'Terminals that are read', pullLead: 'What each says it holds, against what was read from it.', pAnswered: 'Last answered', pRows: 'Rows read', pAudit: 'Audit', pAgrees: 'agrees', pDiffers: 'does not agree', pThrough: 'Read through', pCapacity: 'room for {n}',
    filesTitle: 'Log files', filesEmpty: 'No log file has been read yet.', filesLead: 'Last run {a}, next run {b}.',
    lName: 'File', lRead: 'Read', lNew: 'New', lKnown: 'Known', lIgnored: 'Ignored', lAside: 'Set aside', lArchived: 'Archived as', lNotYet: 'not yet',
    vendorTitle: 'The vendor’s database', vendorLead: 'Its rows are taken once two looks have found their page the same. What an operator typed in is counted, and left out unless asked for.', vTyped: 'Typed in', vPages: 'Pages', vWaiting: '{n} wait', vDamaged: '{n} damaged',
    asideTitle: 'Set aside', asideLead: 'What was not understood, and what the database refused; the newest of each.',
    aAt: 'When', aFrom: 'From', aLine: 'Line', aReason: 'Reason', aPunch: 'Refused punch',
    databaseTitle: 'Database', dHost: 'Host', dServer: 'Server', dTls: 'Encryption', dIssuer: 'Certificate issued by', dUntil: 'Certificate ends', dState: 'State', dSuccess: 'Last success', dError: 'Last error', dTrip: 'Last write took', dRows: 'Rows written today', dKept: 'Kept here, too', dSize: 'Outbox',
    certificateLeft: ['{at}, {n} day left', '{at}, {n} days left'], certificatePast: ['{at}, {n} day ago', '{at}, {n} days ago'],
    state_connected: 'connected', state_waiting: 'not reachable', 'state_not configured': 'not configured', 'state_login refused': 'login refused', 'state_table unusable': 'table unusable',
    foot: 'This page answers to this PC alone and changes nothing. For programs:',
    footTool: 'hipctl is typed in a command prompt as administrator (Start menu, “HIP Bridge command prompt”). It is in C:\\Program Files\\HipBridge.',
  },
  th: {
    language: 'ภาษา', title: 'HIP Bridge', asTable: 'ดูเป็นตาราง', event: 'เหตุการณ์ {n}', never: 'ยังไม่เคย', none: '–',
    running: 'เวอร์ชัน {v} ทำงานตั้งแต่ {at}', fresh: 'อัปเดต {at}', now: 'เมื่อสักครู่', others: 'อื่น ๆ', logs: 'ไฟล์ log',
    loading: 'รอสักครู่ …',
    nextTitle: 'ขั้นตอนต่อไป', stepTerminal: 'ที่เครื่องสแกนทุกเครื่อง ตั้ง Server Address เป็น {a} และ Server Port เป็น {n}', stepAccess: 'โปรแกรมลงเวลาในคอมพิวเตอร์เครื่องนี้เก็บรายการลงเวลาไว้ใน {a} ใช้ hipctl check-access กับไฟล์นี้เพื่อดูว่าจะได้อะไร และต้องเขียนอะไรใน config.json', stepFolder: 'ให้ HIP Premium Time บันทึกไฟล์ log ลงใน {a} หรือแก้ sync.log_directory', stepDatabase: 'กรอก “database” ใน {a} แล้วใช้ hipctl test-db และ hipctl reload', stepConfig: 'การตั้งค่าทั้งหมดอยู่ใน {a} เปิดได้จากเมนู Start, HIP Bridge',

    c_well: 'ทุกอย่างเรียบร้อยดี', c_well_more: 'ข้อมูลทั้งหมดที่ได้รับเข้าฐานข้อมูลครบแล้ว', restFolder: 'อ่านโฟลเดอร์ log เมื่อ {at}', restVendor: 'อ่านฐานข้อมูลของโปรแกรมลงเวลาเมื่อ {at}', restDatabase: 'ติดต่อฐานข้อมูลได้ล่าสุดเมื่อ {at}', restTerminals: 'ติดต่อเครื่องสแกนได้ {a} จาก {n} เครื่อง',
    c_moving: 'ทุกอย่างเรียบร้อยดี', c_moving_more: 'กำลังส่ง {n} รายการเข้าฐานข้อมูล',
    c_database_away: '{n} รายการรออยู่ เพราะติดต่อฐานข้อมูลไม่ได้', c_database_away_0: 'ติดต่อฐานข้อมูลไม่ได้',
    r_database_away: 'ไม่มีข้อมูลสูญหาย ข้อมูลเก็บอยู่ในคอมพิวเตอร์เครื่องนี้และจะส่งเองเมื่อติดต่อได้ ตรวจดูว่าอินเทอร์เน็ตใช้ได้ แล้วใช้ hipctl test-db ตรวจส่วนที่เหลือ',
    c_login_refused: '{n} รายการรออยู่ เพราะฐานข้อมูลปฏิเสธการเข้าสู่ระบบ', c_login_refused_0: 'ฐานข้อมูลปฏิเสธการเข้าสู่ระบบ',
    r_login_refused: 'แก้ user, password หรือ database ใน config.json ตรวจด้วย hipctl test-db แล้วใช้ hipctl reload',
    c_table_unusable: '{n} รายการรออยู่ เพราะใช้ตารางในฐานข้อมูลไม่ได้', c_table_unusable_0: 'ใช้ตารางในฐานข้อมูลไม่ได้',
    r_table_unusable: 'hipctl test-db --create สร้างตารางให้ ถ้ามีตารางอยู่แล้ว ตารางนั้นขาดสิ่งที่ระบุไว้ที่นี่',
    c_not_configured: 'ยังไม่ได้ตั้งค่าฐานข้อมูล เก็บไว้ในคอมพิวเตอร์เครื่องนี้ {n} รายการ', c_not_configured_0: 'ยังไม่ได้ตั้งค่าฐานข้อมูล',
    r_not_configured: 'เมนู Start, HIP Bridge, “ตั้งค่าฐานข้อมูล (Set up the database)”: โปรแกรมถามค่าของฐานข้อมูลและทดสอบให้ (หรือกรอก “database” ใน config.json แล้วใช้ hipctl reload) ข้อมูลที่เก็บไว้จะถูกส่งขึ้นทั้งหมด',
    c_backlog: 'ยังเหลือ {n} รายการที่กำลังส่งเข้าฐานข้อมูล', r_backlog: 'ฐานข้อมูลรับได้ช้ากว่าที่ข้อมูลเข้ามา กลับมาดูอีกครั้งในไม่กี่นาที',
    c_certificate_ends: 'ใบรับรองของเซิร์ฟเวอร์ฐานข้อมูลจะหมดอายุใน {n} วัน', c_certificate_ends_0: 'ใบรับรองของเซิร์ฟเวอร์ฐานข้อมูลจะหมดอายุภายในหนึ่งวัน', c_certificate_ended: 'ใบรับรองของเซิร์ฟเวอร์ฐานข้อมูลหมดอายุแล้ว',
    r_certificate_ends: 'แจ้งผู้ดูแลเซิร์ฟเวอร์ฐานข้อมูลให้ต่ออายุ เมื่อหมดอายุแล้วคอมพิวเตอร์เครื่องนี้จะไม่เชื่อมต่ออีก ข้อมูลจะรออยู่ในคอมพิวเตอร์เครื่องนี้จนกว่าจะต่ออายุ หน้านี้จะทราบภายในหนึ่งวัน',
    r_certificate_ended: 'แจ้งผู้ดูแลเซิร์ฟเวอร์ฐานข้อมูลให้ต่ออายุ การเชื่อมต่อครั้งต่อไปจะไม่สำเร็จ ข้อมูลจะรออยู่ในคอมพิวเตอร์เครื่องนี้จนกว่าจะต่ออายุ',
    c_access_refused: 'ฐานข้อมูลของโปรแกรมลงเวลาเป็นชนิดที่อ่านไม่ได้', r_access_refused: 'ไม่ได้นำข้อมูลใดจากไฟล์นี้ hipctl check-access บอกว่าเป็นไฟล์ชนิดใด แก้ “access” ใน config.json แล้วใช้ hipctl reload',
    c_access_away: 'อ่านฐานข้อมูลของโปรแกรมลงเวลาไม่ได้', r_access_away: 'ตรวจว่ามีไฟล์นี้ SYSTEM อ่านได้ และไม่มีโปรแกรมใดเปิดไว้แต่ผู้เดียว ระบบจะลองใหม่เอง ข้อมูลในไฟล์ไม่สูญหาย',
    c_access_full: 'ไม่มีที่ว่างสำหรับแยกแถวของฐานข้อมูลของโปรแกรมลงเวลา', r_access_full: 'แถวเหล่านั้นรออยู่ในฐานข้อมูลนั้น แถวที่แน่ชัดส่งตามปกติ ดูด้วย hipctl rejected --sn access แก้สาเหตุ และปิดสิ่งที่ไม่ใช่รายการลงเวลาด้วย hipctl rejected settle',
    c_access_rows: 'แยกบางแถวของฐานข้อมูลของโปรแกรมลงเวลาไว้', r_access_rows: 'แถวเหล่านี้จะไม่ถูกส่ง hipctl rejected แสดงรายการพร้อมเหตุผล ส่วนใหญ่ต้องระบุเครื่องสแกนที่ “access” ใน config.json หรือพนักงานยังไม่มีเลข',
    c_access_old: 'รายการล่าสุดในฐานข้อมูลของโปรแกรมลงเวลาเก่า {n} วันแล้ว', r_access_old: 'ยังใช้โปรแกรมลงเวลาอยู่หรือไม่ ถ้าใช้อยู่ แสดงว่าโปรแกรมทำงานกับไฟล์อื่น: hipctl check-access กับไฟล์ที่ตั้งค่าในโปรแกรมบอกว่ามีอะไร และ hipctl check-config บอกว่า Windows เก็บสำเนาไว้ที่อื่นหรือไม่',
    c_access_restless: 'บางหน้าของฐานข้อมูลของโปรแกรมลงเวลาไม่ให้ข้อมูล', r_access_restless: 'หน้านั้นเปลี่ยนทุกครั้งที่อ่านหรือเสียหาย ให้ลด access.every_s หรือกระชับและซ่อมแซม (Compact and Repair) ฐานข้อมูลในโปรแกรมลงเวลา',
    c_pull_key: 'เครื่องสแกนที่ {t} ปฏิเสธ communication key', r_pull_key: 'ดูเลขในเมนูของเครื่องสแกน: PC connection, Comm Key แล้วใส่ใน config.json ที่ comm_key และใช้ hipctl reload',
    c_pull_layout: 'อ่านรายการของเครื่องสแกนที่ {t} ไม่เข้าใจ', r_pull_layout: 'ไม่ได้นำเข้ารายการใด รายการยังอยู่ในเครื่องสแกน ให้ส่งออกด้วย USB และส่งไฟล์ที่เหตุการณ์ระบุให้ผู้ดูแล HIP Bridge',
    c_pull_stranger: 'มีเครื่องสแกนอื่นตอบที่ {t}', r_pull_stranger: 'หากเปลี่ยนเครื่องสแกนแล้ว ให้ใส่หมายเลขซีเรียล (SN) ใหม่ใน config.json มิฉะนั้นให้ตรวจว่าอุปกรณ์ใดใช้ที่อยู่นี้',
    c_pull_away: 'ติดต่อเครื่องสแกนที่ {t} ไม่ได้', r_pull_away: 'ตรวจว่าเครื่องสแกนมีไฟและเครือข่าย และไม่มีโปรแกรมอื่นกำลังอ่านอยู่ รายการลงเวลายังอยู่ในเครื่องสแกน',
    c_pull_refused: 'อ่านเครื่องสแกนที่ {t} ไม่ได้', r_pull_refused: 'สาเหตุด้านล่างบอกสิ่งที่ต้องทำ เครื่องสแกนมักส่งข้อมูลเอง (push) แทนได้',
    c_pull_full: 'หน่วยความจำของเครื่องสแกน {t} ใกล้เต็ม', r_pull_full: 'ตรวจว่าข้อมูลเข้าฐานข้อมูลครบแล้ว จึงลบรายการลงเวลาในเมนูของเครื่องสแกน HIP Bridge ไม่ลบอะไรในเครื่องสแกน',
    c_pull_empty: 'เครื่องสแกน {t} แจ้งว่าไม่มีรายการลงเวลา', r_pull_empty: 'หากมีคนสแกนอยู่ ให้เลือก time attendance เป็น device type ในเมนู',
    c_pull_spoilt: 'รายการจำนวนมากในเครื่องสแกน {t} อ่านไม่ได้', r_pull_spoilt: 'รายการถูกแยกไว้: hipctl rejected ให้ส่งออกด้วย USB แล้วเปรียบเทียบ',
    c_outbox_full: 'ที่พักข้อมูล (outbox) เต็มตามขนาดที่กำหนด', r_outbox_full: 'เครื่องสแกนจะเก็บข้อมูลไว้เองก่อน ทำให้ติดต่อฐานข้อมูลได้อีกครั้ง หรือเพิ่ม outbox.max_mb ใน config.json',
    c_rows_refused: 'ฐานข้อมูลปฏิเสธ {n} รายการ', r_rows_refused: 'hipctl rejected แสดงรายการพร้อมเหตุผลของฐานข้อมูล เมื่อแก้แล้วใช้ hipctl requeue ส่งใหม่',
    c_lines_rejected: '{n} บรรทัดจากเครื่องสแกนต้องตรวจสอบ', r_lines_rejected: 'อ่านไม่เข้าใจ รายการและเหตุผลอยู่ด้านล่าง hipctl rejected แสดงทั้งหมด',
    c_aside_full: 'ไม่มีที่ว่างสำหรับบรรทัดของ {t} ที่อ่านไม่เข้าใจ', r_aside_full: 'เครื่องสแกนจะเก็บไว้และส่งใหม่ ส่วนที่อ่านได้ถูกเก็บแล้ว ดูรายการด้วย hipctl rejected หลังอัปเกรดให้อ่านใหม่ด้วย hipctl rejected retry และปิดรายการที่ไม่ใช่การลงเวลาด้วย hipctl rejected settle',
    c_aside_let_go: 'บรรทัดจากอุปกรณ์ที่ไม่ได้ระบุไว้อ่านไม่เข้าใจ และไม่ได้เก็บไว้', r_aside_let_go: 'ล่าสุดมาจาก {why} ถ้าเป็นเครื่องสแกนของคุณ ให้ระบุไว้ที่ “devices” ใน config.json ใช้ hipctl reload แล้วให้เครื่องส่งใหม่',
    c_file_lines_rejected: '{n} บรรทัดในไฟล์ log ต้องตรวจสอบ', r_file_lines_rejected: 'อยู่ในไฟล์ด้านล่างพร้อมเหตุผล แก้ไขบรรทัดที่เป็นการลงเวลา แล้วบันทึกเป็นไฟล์ใหม่ในโฟลเดอร์ log',
    c_terminal_silent: '{t} เงียบไปตั้งแต่ {at}', r_terminal_silent: 'ตรวจดูว่าเครื่องมีไฟและเครือข่าย และตั้ง Server Address เป็นที่อยู่ IP ของคอมพิวเตอร์เครื่องนี้',
    c_terminal_never_seen: 'ยังไม่เคยได้รับข้อมูลจาก {t}', r_terminal_never_seen: 'ที่เครื่องสแกน ตั้ง Server Address เป็นที่อยู่ IP ของคอมพิวเตอร์เครื่องนี้ และพอร์ตตาม config.json',
    c_cannot_listen: 'รอรับเครื่องสแกนไม่ได้ เพราะพอร์ตถูกใช้อยู่', r_cannot_listen: 'ปิดโปรแกรมอื่นที่ใช้พอร์ตนี้ (netstat -ano แสดงว่าโปรแกรมใด) หรือเลือกพอร์ตอื่นใน config.json และในเครื่องสแกนทุกเครื่อง',
    c_cannot_store: 'เก็บรายการลงเวลาในคอมพิวเตอร์เครื่องนี้ไม่ได้', r_cannot_store: 'เครื่องสแกนจะเก็บข้อมูลไว้เองก่อน ทำให้ดิสก์มีที่ว่าง',
    c_outbox_failed: 'อ่านหรือเขียนที่พักข้อมูล (outbox) ไม่ได้', r_outbox_failed: 'ตรวจว่าดิสก์มีที่ว่างและไม่เสีย ระบบจะลองใหม่เอง',
    c_log_folder: 'อ่านโฟลเดอร์ log ไม่ได้', r_log_folder: 'แก้ sync.log_directory ใน config.json หรือให้ SYSTEM มีสิทธิ์อ่าน ถ้าไม่ใช้ Premium Time ให้ตั้ง sync.enabled เป็น false',
    c_outbox_was_damaged: 'ที่พักข้อมูล (outbox) เคยเสียหาย อาจมีรายการขาด', r_outbox_was_damaged: 'ปิดแล้วเปิดเครื่องสแกนใหม่เพื่อให้ส่งข้อมูลทั้งหมดอีกครั้ง บันทึกไฟล์ log ย้อนหลัง 2–3 วันอีกครั้ง และให้ตรวจดิสก์',
    c_pc_slept: 'คอมพิวเตอร์เครื่องนี้เข้าสู่โหมดสลีป เครื่องสแกนจึงส่งข้อมูลไม่ได้', r_pc_slept: 'รายการลงเวลาระหว่างนั้นอยู่ในเครื่องสแกนและจะเข้ามาเอง ตั้งค่าตัวเลือกการใช้พลังงานของ Windows ไม่ให้คอมพิวเตอร์เครื่องนี้สลีป แม้เมื่อปิดฝา',
    c_pc_clock: 'นาฬิกาของคอมพิวเตอร์เครื่องนี้ไม่ถูกต้อง', r_pc_clock: 'เปิดการตั้งค่า “วันที่และเวลา” ของ Windows ตั้งให้ถูกต้อง และเปิดการซิงค์เวลากับอินเทอร์เน็ต เพราะเครื่องสแกนใช้เวลานี้',
    c_terminal_log_deleted: 'มีการลบรายการลงเวลาในเครื่องสแกน {t}', r_terminal_log_deleted: 'ข้อมูลที่คอมพิวเตอร์เครื่องนี้ได้รับแล้วยังอยู่ ถ้าไม่มีใครควรลบ ให้ถามผู้ที่เข้าเมนูผู้ดูแลของเครื่องสแกนได้',
    c_punches_missing: '{t} มีรายการลงเวลาที่ยังไม่มาถึง', r_punches_missing: 'ขอให้เครื่องสแกนส่งอีกครั้งแล้ว ขาดอยู่ {why}',
    c_punches_still_missing: 'ขอข้อมูลที่ขาดจาก {t} แล้ว แต่เครื่องสแกนไม่ส่ง', r_punches_still_missing: 'ยังขาดอยู่ {why} ขออีกครั้งด้วย hipctl device และเทียบกับหน้าจอของเครื่องสแกน',
    c_file_stuck: 'อ่านหรือเก็บถาวรไฟล์ log ไม่ได้ {n} ไฟล์', r_file_stuck: 'ถ้าไม่ใช่ไฟล์ log ให้นำออก ถ้าใช่ ตรวจว่าบริการอ่านไฟล์และเขียนในโฟลเดอร์เก็บถาวรได้',
    c_no_unique_key: 'ตารางไม่มีคีย์ไม่ซ้ำ (unique key) ของเครื่องสแกน ผู้ใช้ และเวลา', r_no_unique_key: 'รายการที่ส่งสองครั้งอาจเป็นสองแถว ให้เรียกคำสั่งด้านล่างหนึ่งครั้ง แล้วเริ่มบริการใหม่',
    c_table_odd: 'ใช้ตารางได้ แต่มีบางอย่างผิดปกติ', r_table_odd: 'รายการที่ตารางปฏิเสธจะถูกแยกไว้ ให้เรียกคำสั่งด้านล่าง แล้วเริ่มบริการใหม่',
    c_status_tables: 'บอกสำนักงานใหญ่ไม่ได้ว่ารายการครบถึงเมื่อใด', r_status_tables: 'เหตุผลอยู่ด้านล่าง ส่วนใหญ่คือสิทธิ์ (GRANT) ในฐานข้อมูลไม่พอ รายการยังถูกส่งตามปกติ หรือตั้ง database.status_tables เป็น false',
    c_firewall: 'เปิดไฟร์วอลล์ Windows ให้เครื่องสแกนไม่สำเร็จ', r_firewall: 'ถ้าใช้ไฟร์วอลล์อื่น ให้เปิดพอร์ตที่นั่นและตั้ง listener.open_firewall เป็น false',
    c_page_unavailable: 'แสดงหน้าสถานะไม่ได้', r_page_unavailable: 'ส่วนอื่นทำงานตามปกติ hipctl status แสดงสถานะ',
    c_terminal_clock: 'นาฬิกาของเครื่องสแกน {t} ไม่ตรง', r_terminal_clock: 'ต่างกัน {why} ตรวจว่านาฬิกาของคอมพิวเตอร์เครื่องนี้และ “timezone” ถูกต้อง แล้วใช้ hipctl device กับ set-clock',
    c_terminal_twice: 'มีสองที่อยู่ติดต่อมาในนาม {t} สลับกัน', r_terminal_twice: 'อาจมีผู้อื่นส่งข้อมูลในนามเครื่องสแกนนี้ ล่าสุดจาก {why} ถ้าเมนูของเครื่องแสดงที่อยู่ IP {a} ให้เขียนลงใน config.json: "devices": [{ "sn": "{sn}", "address": "{a}" }] แล้วค้นหาว่าอีกที่อยู่หนึ่งคืออะไร',
    sameOf: 'เช่นเดียวกันอีก {n} เครื่อง: {list}',
    c_unlisted_waits: 'อุปกรณ์ที่ไม่ได้ระบุไว้ส่งรายการลงเวลามาและต้องรอ เพราะที่พักข้อมูล (outbox) ใกล้เต็ม', r_unlisted_waits: 'พื้นที่ที่เหลือเก็บไว้ให้เครื่องสแกนใน config.json รายการยังอยู่ใน {why} ถ้าเป็นเครื่องของคุณ ให้ระบุไว้ที่ “devices” แล้วใช้ hipctl reload ถ้าไม่ใช่ ให้ตั้ง unknown_devices เป็น reject',
    c_strangers: 'มีอุปกรณ์จำนวนมากที่ไม่ได้ระบุไว้และไม่ส่งรายการลงเวลาติดต่อมายังคอมพิวเตอร์เครื่องนี้', r_strangers: 'เครื่องสแกนที่ระบุไว้หรือส่งรายการลงเวลาไม่ได้รับผลกระทบ ระบุเครื่องสแกนใน config.json ตั้ง unknown_devices เป็น reject แล้วตรวจว่ามีอะไรอยู่ที่ {why}',
    c_refused_requests: 'ปฏิเสธการติดต่อจาก {n} ที่อยู่', r_refused_requests: 'ถ้าเป็นเครื่องสแกนของคุณ ให้เพิ่มเครือข่ายหรือหมายเลขซีเรียล (SN) ใน config.json ถ้าไม่ใช่ ไม่ต้องทำอะไร',
    c_other_family: 'เครื่องสแกนตระกูลอื่น {n} เครื่อง อ่านไม่เข้าใจ', r_other_family: 'ให้นำเข้าทางไฟล์ log ของ HIP Premium Time',
    c_not_guarded: 'ผู้อื่นนอกจากผู้ดูแลระบบอาจอ่านไฟล์ของบริการได้', r_not_guarded: 'ตรวจว่าโฟลเดอร์ข้อมูลอยู่บนดิสก์ NTFS และ SYSTEM มีสิทธิ์ควบคุมทั้งหมด (Full control)',
    c_password_plain: 'เข้ารหัสรหัสผ่านใน config.json ไม่สำเร็จ', r_password_plain: 'ตรวจว่าไฟล์ไม่ได้เป็นแบบอ่านอย่างเดียว ระบบจะลองใหม่เมื่อเริ่มครั้งต่อไป',
    c_alarm_failed: 'ส่งการแจ้งเตือนไม่สำเร็จ', r_alarm_failed: 'ตรวจ “alarm” ใน config.json hipctl test-alarm จะส่งหนึ่งครั้งและแสดงคำตอบ ระบบจะลองใหม่เอง',
    c_address_changed: 'คอมพิวเตอร์เครื่องนี้มีที่อยู่ IP ต่างจากที่เครื่องสแกนใช้', r_address_changed: 'เครื่องสแกนใช้ที่อยู่แรกด้านล่าง ตั้งที่อยู่ IP นั้นให้คอมพิวเตอร์เครื่องนี้อีกครั้ง (กำหนดคงที่ หรือจองไว้ในเราเตอร์) หรือตั้งที่อยู่ใหม่ในเครื่องสแกนทุกเครื่อง',
    c_nothing_yet: 'ยังไม่มีข้อมูลเข้ามา', r_nothing_yet: 'เป็นปกติสำหรับการติดตั้งใหม่ ขั้นตอนต่อไปอยู่ด้านล่าง',
    c_config_not_taken: 'ไม่ได้นำ config.json ที่แก้ไขมาใช้', r_config_not_taken: 'บริการยังใช้การตั้งค่าเดิม แก้ไฟล์ ตรวจด้วย hipctl check-config แล้วใช้ hipctl reload',
    c_crashed: 'บริการหยุดทำงานกะทันหันและเริ่มใหม่แล้ว', r_crashed: 'รายการที่ตอบ OK กับเครื่องสแกนไปแล้วไม่สูญหาย ส่งไฟล์ crash dump ให้ผู้ดูแล HIP Bridge',
    c_service_stopped: 'บริการไม่ได้ทำงานอยู่', r_service_stopped: 'เปิด services.msc แล้วเริ่ม “HIP Bridge”',
    c_gone: 'บริการไม่ตอบสนอง', r_gone: 'เปิด services.msc แล้วเริ่ม “HIP Bridge” ดูสาเหตุที่บริการหยุดในตัวแสดงเหตุการณ์ (eventvwr.msc) > บันทึกของ Windows (Windows Logs) > แอปพลิเคชัน (Application) แหล่งที่มา HipBridge ข้อมูลด้านล่างเป็นของ {at}',
    c_unreadable: 'บริการอ่านที่พักข้อมูล (outbox) ไม่ได้', r_unreadable: 'หน้านี้จะลองใหม่เอง {why}',

    fToday: 'ลงเวลาวันนี้', fTodayNote: 'เมื่อวานถึง {at} น. {n} รายการ', fRows: 'เข้าฐานข้อมูลวันนี้', fRowsNote: 'สำเร็จล่าสุด {at}', fWaiting: 'รอส่ง', fWaitingNote: 'รายการเก่าสุดเข้ามา {at}',
    fWaitingNone: 'ไม่มีรายการรอ', fTerminals: 'เครื่องสแกนที่ติดต่ออยู่', fTerminalsNote: 'จาก {n} เครื่อง',
    hoursTitle: 'การลงเวลาต่อชั่วโมง เจ็ดวันที่ผ่านมา', hoursLead: 'ตามนาฬิกาของเครื่องสแกน', hour: 'ชั่วโมง', total: 'รวม',
    todayTitle: 'วันนี้เทียบกับสัปดาห์ก่อน', todayLead: '{a} เทียบกับ {b}', today: 'วันนี้', before: 'สัปดาห์ก่อน',
    depthTitle: 'รายการที่รอ', depthLead: 'รายการที่ยังไม่เข้าฐานข้อมูล ในหนึ่งวันที่ผ่านมา', waiting: 'รอส่ง', age: 'รอนานที่สุด', time: 'เวลา',
    delayTitle: 'จากลงเวลาถึงฐานข้อมูล', delayLead: 'ใช้เวลานานเท่าใด ในหนึ่งวันที่ผ่านมา', delayUpTo: 'ภายใน {d}', delayMore: 'นานกว่านั้น', delay: 'เวลา', punches: 'รายการ',
    s: '{n} วินาที', min: '{n} นาที', h: '{n} ชั่วโมง', d: '{n} วัน',
    terminalsTitle: 'เครื่องสแกน', terminalsEmpty: 'ยังไม่ได้รับข้อมูลจากเครื่องสแกน ที่เครื่องสแกนแต่ละเครื่อง ตั้ง Server Address เป็นที่อยู่ IP ของคอมพิวเตอร์เครื่องนี้',
    tName: 'เครื่องสแกน', tSeen: 'ติดต่อล่าสุด', tLast: 'ลงเวลาล่าสุด', tComplete: 'ครบถึง', tToday: 'วันนี้', tTotal: 'ได้รับ', tHolds: 'ในเครื่องมี', tFirmware: 'เฟิร์มแวร์', tRefused: 'ไม่อนุญาตให้เข้า', tCode: 'รหัส {c}: {n}', tIdentity: 'ตรวจบัตร: {n}', tClock: 'นาฬิกา', tCommands: 'คำสั่ง', tAddress: 'ที่อยู่', tUnlisted: 'ไม่อยู่ใน config.json', tOther: 'ติดต่อจาก {a} ด้วย', strangers: 'อุปกรณ์ที่ไม่ได้ระบุไว้และไม่เคยส่งรายการลงเวลา {n} เครื่อง ล่าสุด {sn} จาก {a} {at}', tPush: 'push {v}',
    proof_counted: 'นับแล้ว: จำนวนตรงกับเครื่องสแกน', proof_read: 'อ่านแล้ว: ทั้งหน่วยความจำ', proof_file: 'ไฟล์: เก็บถาวร log แล้ว', proof_none: 'ยังยืนยันไม่ได้', heldBack: 'ยังค้างอยู่',
    pullTitle: 'เครื่องสแกนที่บริการอ่านเอง', pullLead: 'จำนวนที่เครื่องแจ้งว่ามี เทียบกับที่อ่านได้', pAnswered: 'ตอบล่าสุด', pRows: 'อ่านได้', pAudit: 'ผลตรวจ', pAgrees: 'ตรงกัน', pDiffers: 'ไม่ตรงกัน', pThrough: 'อ่านครบถึง', pCapacity: 'เก็บได้ {n}',
    filesTitle: 'ไฟล์ log', filesEmpty: 'ยังไม่ได้อ่านไฟล์ log', filesLead: 'อ่านล่าสุด {a} ครั้งต่อไป {b}',
    lName: 'ไฟล์', lRead: 'อ่านเมื่อ', lNew: 'ใหม่', lKnown: 'มีอยู่แล้ว', lIgnored: 'ข้าม', lAside: 'แยกไว้', lArchived: 'เก็บถาวรเป็น', lNotYet: 'ยังไม่เก็บ',
    vendorTitle: 'ฐานข้อมูลของโปรแกรมลงเวลา', vendorLead: 'นำข้อมูลเมื่ออ่านหน้า (page) เดียวกันสองครั้งแล้วเหมือนกัน รายการที่มีผู้พิมพ์เพิ่มเองจะนับไว้ แต่ไม่ส่งหากไม่ได้ตั้งไว้', vTyped: 'พิมพ์เอง', vPages: 'หน้า', vWaiting: 'รอ {n}', vDamaged: 'เสียหาย {n}',
    asideTitle: 'รายการที่แยกไว้', asideLead: 'บรรทัดที่อ่านไม่เข้าใจ และรายการที่ฐานข้อมูลปฏิเสธ เฉพาะล่าสุด',
    aAt: 'เมื่อ', aFrom: 'จาก', aLine: 'บรรทัด', aReason: 'เหตุผล', aPunch: 'รายการที่ถูกปฏิเสธ',
    databaseTitle: 'ฐานข้อมูล', dHost: 'โฮสต์', dServer: 'เซิร์ฟเวอร์', dTls: 'การเข้ารหัส', dIssuer: 'ผู้ออกใบรับรอง', dUntil: 'ใบรับรองหมดอายุ', dState: 'สถานะ', dSuccess: 'สำเร็จล่าสุด', dError: 'ข้อผิดพลาดล่าสุด', dTrip: 'การเขียนล่าสุดใช้เวลา', dRows: 'เข้าฐานข้อมูลวันนี้', dKept: 'เก็บในคอมพิวเตอร์เครื่องนี้ด้วย', dSize: 'ขนาดที่พักข้อมูล (outbox)',
    certificateLeft: '{at} เหลืออีก {n} วัน', certificatePast: '{at} ผ่านมาแล้ว {n} วัน',
    state_connected: 'เชื่อมต่ออยู่', state_waiting: 'ติดต่อไม่ได้', 'state_not configured': 'ยังไม่ได้ตั้งค่า', 'state_login refused': 'ปฏิเสธการเข้าสู่ระบบ', 'state_table unusable': 'ใช้ตารางไม่ได้',
    footTool: 'พิมพ์ hipctl ในพร้อมท์คำสั่ง (Command Prompt) ที่เรียกใช้ในฐานะผู้ดูแลระบบ (เมนู Start > “HIP Bridge command prompt”) โปรแกรมอยู่ใน C:\\Program Files\\HipBridge',
    foot: 'หน้านี้เปิดได้เฉพาะบนคอมพิวเตอร์เครื่องนี้ และไม่เปลี่ยนแปลงข้อมูลใด ๆ ข้อมูลสำหรับโปรแกรมอื่น:',
  },
};

/* ---- language, numbers and times ---- */

HIP.language = 'en';
HIP.locale = 'en';

HIP.setLanguage = function (language) {
  HIP.language = HIP.words[language] ? language : 'en';
  var own = (navigator.languages || [navigator.language]).find(function (tag) {
    return tag && tag.toLowerCase().split('-')[0] === HIP.language;
  });
  /* The calendar and the digits of config.json, which a Thai reader's own would not be. */
  HIP.locale = new Intl.Locale(own || HIP.language, {calendar: 'gregory', numberingSystem: 'latn'}).toString();
  HIP.formats = {};
};

HIP.say = function (key, parameters) {
  var words = HIP.words[HIP.language][key];
  if (words === undefined) words = HIP.words.en[key];
  if (words === undefined) return key;
  var p = parameters || {};
  if (Array.isArray(words)) words = words[new Intl.PluralRules(HIP.language).select(p.n) === 'one' ? 0 : 1];
  return words.replace(/\{(\w+)\}/g, function (all, name) {
    return p[name] === undefined ? all : typeof p[name] === 'number' ? HIP.number(p[name]) : String(p[name]);
  });
};

/* A reason as the service gives it, in the page's language where it has it in that. */
HIP.reason = function (of, name) {
  return of[name + '_' + HIP.language] || of[name] || '';
};

HIP.format = function (kind, make) {
  if (!HIP.formats[kind]) HIP.formats[kind] = make();
  return HIP.formats[kind];
};

HIP.number = function (value) {
  return HIP.format('number', function () { return new Intl.NumberFormat(HIP.locale); }).format(value);
};

/* A duration in one or two words. */
HIP.duration = function (seconds) {
  if (seconds < 60) return HIP.say('s', {n: Math.round(seconds)});
  if (seconds < 3600) return HIP.say('min', {n: Math.round(seconds / 60)});
  if (seconds < 86400) return HIP.say('h', {n: Math.round(seconds / 360) / 10});
  return HIP.say('d', {n: Math.round(seconds / 86400)});
};

HIP.date = function (kind, options, ms) {
  return HIP.format(kind, function () { return new Intl.DateTimeFormat(HIP.locale, options); }).format(new Date(ms));
};

/* A moment (Unix seconds): the time if it is of today, else date and time, with the year if it is another. */
HIP.moment = function (unix) {
  if (unix === null || unix === undefined) return HIP.say('never');
  var at = new Date(unix * 1000), now = new Date(), options = {hour: '2-digit', minute: '2-digit'};
  if (at.toDateString() !== now.toDateString()) Object.assign(options, {day: 'numeric', month: 'short'});
  if (at.getFullYear() !== now.getFullYear()) options.year = 'numeric';
  return HIP.date('moment' + JSON.stringify(options), options, unix * 1000);
};

HIP.ago = function (unix, now) {
  if (unix === null || unix === undefined) return HIP.say('never');
  var s = now - unix;
  if (s < 0) return HIP.moment(unix);
  if (s < 20) return HIP.say('now');
  var make = function () { return new Intl.RelativeTimeFormat(HIP.locale, {numeric: 'always'}); };
  var format = HIP.format('relative', make);
  if (s < 90) return format.format(-Math.floor(s / 10) * 10, 'second');
  if (s < 5400) return format.format(-Math.round(s / 60), 'minute');
  return HIP.moment(unix);
};

/* A terminal's own clock, "YYYY-MM-DD HH:MM:SS": shown as it is, in no time zone. */
HIP.wall = function (text) {
  var p = text.split(/[- :]/).map(Number);
  return Date.UTC(p[0], p[1] - 1, p[2], p[3] || 0, p[4] || 0, p[5] || 0);
};

HIP.wallText = function (text, today) {
  if (!text) return HIP.say('never');
  var options = text.slice(0, 10) === today ? {hour: '2-digit', minute: '2-digit', timeZone: 'UTC'}
    : {year: text.slice(0, 4) === today.slice(0, 4) ? undefined : 'numeric', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC'};
  return HIP.date('wall' + JSON.stringify(options), options, HIP.wall(text));
};

HIP.bytes = function (bytes) {
  var unit = bytes < 1048576 ? ['kilobyte', 1024] : bytes < 1073741824 ? ['megabyte', 1048576] : ['gigabyte', 1073741824];
  return HIP.format(unit[0], function () {
    return new Intl.NumberFormat(HIP.locale, {style: 'unit', unit: unit[0], unitDisplay: 'short', maximumFractionDigits: 1});
  }).format(bytes / unit[1]);
};

window.HIP = HIP;
