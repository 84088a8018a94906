'use strict';
/*
 * Asks for status.json every few seconds and shows it. Whatever comes from terminals and files is set as text, never
 * as markup. What has not changed is not touched, so that the page keeps its place, its selection and its open tables.
 */
(function () {
  var HIP = window.HIP, say = HIP.say, EVERY_MS = 5000, HIDDEN_MS = 60000, PATIENCE = 2;
  var data = null, gone = 0, trouble = '', timer = 0, drawn = {};

  function $(id) { return document.getElementById(id); }

  function set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function make(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* ---- the headline ---- */

  function nameOf(concern) { return concern.name || concern.sn || ''; }

  function addressOf(sn) {
    var of = data.devices.filter(function (d) { return d.sn === sn; })[0];
    return of && of.address || '…';
  }

  function worded(concern) {
    var p = {sn: concern.sn || '…', a: addressOf(concern.sn), n: concern.count === null ? undefined : concern.count, t: nameOf(concern), at: HIP.moment(concern.since_s), why: HIP.reason(concern, 'reason')};
    var key = 'c_' + concern.code;
    if (concern.count === 0 && HIP.words.en[key + '_0']) key += '_0';
    return {text: say(key, p), remedy: say('r_' + concern.code, p), reason: HIP.reason(concern, 'reason')};
  }

  function wellWords() {
    var waits = data.outbox.waiting;
    if (waits) return {text: say('c_moving', {n: waits}), remedy: say('c_moving_more', {n: waits}), reason: ''};
    return {text: say('c_well'), remedy: rests(), reason: ''};
  }

  /* What "all is well" rests on. */
  function rests() {
    var said = [say('c_well_more')], ago = function (at) { return HIP.ago(at, data.now_s); };
    if (data.pc.log_directory && data.sync.last_run_s) said.push(say('restFolder', {at: ago(data.sync.last_run_s)}));
    if (data.access.path && data.access.read_s) said.push(say('restVendor', {at: ago(data.access.read_s)}));
    if (data.uploader.last_reached_s) said.push(say('restDatabase', {at: ago(data.uploader.last_reached_s)}));
    if (data.devices.length) said.push(say('restTerminals', {a: heard(), n: data.devices.length}));
    return said.join(' ');
  }

  function heard() { return data.devices.filter(function (d) { return d.heard; }).length; }

  /* An event's number leads to its line of the document. */
  function eventLink(element, event) {
    element.hidden = !event;
    if (!event) return;
    set(element, say('event', {n: String(event)}));
    var to = 'events.html#' + event;
    if (element.getAttribute('href') !== to) element.setAttribute('href', to);
  }

  function headline() {
    var first = data && data.concerns[0], level = data ? data.level : 'none', words, event = first ? first.event : null;
    if (gone >= PATIENCE) {
      level = 'bad';
      event = null;
      words = trouble ? {text: say('c_unreadable'), remedy: say('r_unreadable', {why: trouble}), reason: ''}
        : {text: say('c_gone'), remedy: say('r_gone', {at: data ? HIP.moment(data.now_s) : say('none')}), reason: ''};
    } else if (!data) {
      words = {text: say('loading'), remedy: '', reason: ''};
    } else {
      words = first ? worded(first) : wellWords();
    }
    var box = $('headline');
    if (box.dataset.level !== level) box.dataset.level = level;
    box.dataset.code = gone >= PATIENCE ? 'gone' : first ? first.code : data ? 'well' : '';
    document.body.classList.toggle('gone', gone >= PATIENCE);
    set($('headline-text'), words.text);
    set($('headline-more'), words.remedy);
    eventLink($('headline-event'), event);
    set($('headline-reason'), words.reason);
    document.title = words.text + ' – HIP Bridge';
  }

  /* Those after the headline. Of one kind three are shown, whose last names the terminals of the others. */
  function gathered() {
    var items = [], of = {};
    data.concerns.forEach(function (concern, i) {
      var same = of[concern.code] = of[concern.code] || {count: 0};
      if (same.count++ >= 3 && concern.sn) return same.last.also.push(nameOf(concern));
      same.last = {concern: concern, also: []};
      if (i) items.push(same.last);
    });
    return items;
  }

  function concerns() {
    var items = gathered(), list = $('concerns');
    while (list.children.length > items.length) list.lastChild.remove();
    items.forEach(function (one, i) {
      var item = list.children[i], concern = one.concern, words = worded(concern);
      if (!item) {
        item = make('li');
        item.append(make('strong'), make('span'), make('a'), make('span', 'reason'), make('span'));
        list.append(item);
      }
      item.children[4].hidden = !one.also.length;
      set(item.children[4], one.also.length ? say('sameOf', {n: one.also.length, list: one.also.join(', ')}) : '');
      item.dataset.level = concern.level;
      item.dataset.code = concern.code;
      set(item.children[0], words.text);
      set(item.children[1], words.remedy);
      eventLink(item.children[2], concern.event);
      set(item.children[3], words.reason);
    });
  }

  /* ---- figures ---- */

  function figures() {
    var known = data.devices.length;
    set($('running'), data.started_s ? say('running', {v: data.program_version || '', at: HIP.moment(data.started_s)}) : '');
    set($('f-today'), HIP.number(data.today.punches));
    set($('f-today-note'), say('fTodayNote', {n: data.today.yesterday_so_far, at: data.today.so_far_until}));
    set($('f-rows'), HIP.number(data.uploader.rows_today));
    set($('f-rows-note'), say('fRowsNote', {at: HIP.ago(data.uploader.last_success_s, data.now_s)}));
    set($('f-waiting'), HIP.number(data.outbox.waiting));
    set($('f-waiting-note'), data.outbox.waiting ? say('fWaitingNote', {at: HIP.ago(data.outbox.oldest_waiting_s, data.now_s)}) : say('fWaitingNone'));
    set($('f-terminals'), HIP.number(heard()));
    set($('f-terminals-note'), say('fTerminalsNote', {n: known}));
  }

  /* On a new installation: what to do, with what is to be typed. */
  function steps() {
    var list = $('steps'), pc = data.pc, all = [], here = pc.addresses.join(' / ') || say('none');
    var fresh = data.concerns.some(function (c) { return c.code === 'nothing_yet'; });
    $('next').hidden = !fresh;
    if (!fresh) return;
    if (pc.port) all.push(say('stepTerminal', {a: here, n: String(pc.port)}));
    if (pc.vendor_database) all.push(say('stepAccess', {a: pc.vendor_database}));
    if (pc.log_directory) all.push(say('stepFolder', {a: pc.log_directory}));
    if (data.concerns.some(function (c) { return c.code === 'not_configured'; })) all.push(say('stepDatabase', {a: pc.config}));
    all.push(say('stepConfig', {a: pc.config}));
    while (list.children.length > all.length) list.lastChild.remove();
    while (list.children.length < all.length) list.append(make('li'));
    all.forEach(function (text, i) { set(list.children[i], text); });
  }

  /* ---- tables ---- */

  /* Brings a table to these rows, cell by cell. columns: [[words key, class]]; a cell is a text or a list of
     [class, text] lines. */
  function table(element, columns, rows) {
    var head = columns.map(function (column) { return say(column[0]); });
    if (element.tHead && element.tHead.rows[0].cells.length !== columns.length) element.replaceChildren();
    if (!element.tHead) {
      element.createTHead().insertRow();
      element.createTBody();
      element.setAttribute('role', 'table');
    }
    var headRow = element.tHead.rows[0], body = element.tBodies[0];
    while (headRow.cells.length < columns.length) {
      var th = make('th', columns[headRow.cells.length][1]);
      th.scope = 'col';
      th.setAttribute('role', 'columnheader');
      headRow.append(th);
    }
    head.forEach(function (text, i) { set(headRow.cells[i], text); });
    while (body.rows.length > rows.length) body.deleteRow(-1);
    rows.forEach(function (row, r) {
      var tr = body.rows[r];
      if (!tr) {
        tr = body.insertRow();
        tr.setAttribute('role', 'row');
      }
      row.forEach(function (cell, c) {
        var td = tr.cells[c], lines = Array.isArray(cell) ? cell : [['', cell]], same = JSON.stringify(lines);
        if (!td) {
          td = tr.insertCell();
          td.className = columns[c][1];
          td.setAttribute('role', 'cell');
        }
        if (td.dataset.label !== head[c]) td.dataset.label = head[c];
        if (td.shows === same) return;
        td.shows = same;
        td.classList.toggle('void', lines.every(function (line) { return line[1] === '' || line[1] === say('none'); }));
        var whole = make('span');
        lines.forEach(function (line) { if (line[1] !== '') whole.append(make('span', line[0], line[1]), ' '); });
        td.replaceChildren(whole);
      });
    });
    element.hidden = rows.length === 0;
  }

  var MANY = 40; /* terminals: those to be looked at come first, and rows are low */

  function needsLook(d) {
    return d.silent || (d.proof !== 'none' && !d.complete_through) || (d.clock_offset_s !== null && Math.abs(d.clock_offset_s) > 120) || (d.holds !== null && d.holds > d.punches);
  }

  /* Those that are listed first; by name, so that each keeps its place. */
  function inOrder(devices) {
    var compare = HIP.format('compare', function () { return new Intl.Collator(HIP.locale, {numeric: true}); }).compare;
    var many = devices.length > MANY;
    return devices.slice().sort(function (a, b) { return (many ? needsLook(b) - needsLook(a) : 0) || b.configured - a.configured || compare(a.name || a.sn, b.name || b.sn) || compare(a.sn, b.sn); });
  }

  /* Up to when all that it holds is in the database, and what says so. */
  function completeness(d) {
    if (d.proof === 'none') return [['minor', say('proof_none')]];
    return [[d.complete_through ? '' : 'warn', d.complete_through ? HIP.wallText(d.complete_through, data.today.date) : say('heldBack')], ['minor', data.devices.length > MANY ? say('proof_' + d.proof).split(':')[0] : say('proof_' + d.proof)]];
  }

  /* The audit of those that are read on their own port: what each said it holds, and what was read. */
  function pull() {
    var known = function (n) { return n < 0 ? say('none') : HIP.number(n); };
    table($('t-pull'), [['tName', 'whole'], ['pAnswered', 'k'], ['lRead', 'k'], ['tHolds', 'n'], ['pRows', 'n'], ['lNew', 'n'], ['lAside', 'n'], ['pAudit', 'k'], ['pThrough', 'k']],
      data.pull.map(function (p) {
        var device = data.devices.find(function (d) { return d.sn === p.sn; }), name = device && device.name;
        return [
          [['main', name || p.sn || p.address], ['minor', [name ? p.sn : '', p.sn ? p.address : '', p.model || ''].filter(Boolean).join(' · ')], ['minor', p.firmware || ''], ['trouble', HIP.reason(p, 'problem')]],
          HIP.ago(p.answered_s, data.now_s), HIP.ago(p.read_s, data.now_s),
          [['', known(p.holds)], ['minor', p.capacity > 0 ? say('pCapacity', {n: p.capacity}) : '']],
          known(p.rows), known(p['new']), [[p.set_aside > 0 ? 'warn' : '', known(p.set_aside)]],
          [[p.read_s && !p.agrees ? 'warn' : '', p.read_s ? say(p.agrees ? 'pAgrees' : 'pDiffers') : say('none')]],
          HIP.wallText(p.through, data.today.date),
        ];
      }));
    $('pull').hidden = data.pull.length === 0;
  }

  /* Whom a terminal did not let in, by its own codes, the most frequent first: no punches. */
  function refused(d) {
    var codes = Object.keys(d.not_let_in || {}).sort(function (a, b) { return d.not_let_in[b] - d.not_let_in[a] || a - b; });
    if (codes.length === 0) return say('none');
    return [['', HIP.number(codes.reduce(function (sum, code) { return sum + d.not_let_in[code]; }, 0))]].concat(codes.map(function (code) {
      return ['minor', say(code === '-1' ? 'tIdentity' : 'tCode', {c: code, n: d.not_let_in[code]})];
    }));
  }

  function terminals() {
    var has = function (field) { return data.devices.some(function (d) { return d[field] !== undefined && d[field] !== null; }); };
    var clock = has('clock_offset_s'), commands = has('commands_pending');
    var columns = [['tName', 'whole'], ['tSeen', ''], ['tLast', ''], ['tComplete', 'k'], ['tToday', 'n'], ['tTotal', 'n'], ['tHolds', 'n'], ['tFirmware', '']];
    var turned = data.devices.some(function (d) { return Object.keys(d.not_let_in || {}).length > 0; });
    if (turned) columns.push(['tRefused', 'n']);
    if (clock) columns.push(['tClock', 'n']);
    if (commands) columns.push(['tCommands', 'n']);
    table($('t-terminals'), columns, inOrder(data.devices).map(function (d) {
      var row = [
        [['main', d.name || d.sn], ['minor', [d.name ? d.sn : '', d.configured ? '' : say('tUnlisted')].filter(Boolean).join(' · ')], ['minor', d.address || ''], ['warn', d.other_address ? say('tOther', {a: d.other_address}) : '']],
        [[d.silent ? 'warn' : '', HIP.ago(d.last_seen_s, data.now_s)]],
        HIP.wallText(d.last_punch, data.today.date), completeness(d), HIP.number(d.today), HIP.number(d.punches),
        [[d.holds !== null && d.holds > d.punches ? 'warn' : '', d.holds === null ? say('none') : HIP.number(d.holds)]],
        [['', d.firmware || say('none')], ['minor', data.devices.length > MANY ? '' : d.push_version ? say('tPush', {v: d.push_version}) : d.kind === 'fk' ? 'FkWeb' : '']],
      ];
      if (turned) row.push(refused(d));
      if (clock) row.push(d.clock_offset_s === null ? say('none') : (d.clock_offset_s > 0 ? '+' : '') + HIP.say('s', {n: d.clock_offset_s}));
      if (commands) row.push(HIP.number(d.commands_pending || 0));
      return row;
    }));
    /* On a phone those with nothing to look at take one line. */
    inOrder(data.devices).forEach(function (d, i) {
      $('t-terminals').tBodies[0].rows[i].className = needsLook(d) ? '' : 'calm';
    });
    $('t-terminals').classList.toggle('many', data.devices.length > MANY);
    $('e-terminals').hidden = data.devices.length > 0;
    var strangers = data.strangers.count > 10;
    $('strangers').hidden = !strangers;
    if (strangers) set($('strangers'), say('strangers', {n: HIP.number(data.strangers.count), sn: data.strangers.last_sn || '', a: data.strangers.last_address || '', at: HIP.ago(data.strangers.last_seen_s, data.now_s)}));
  }

  function files() {
    set($('files-lead'), say('filesLead', {a: HIP.moment(data.sync.last_run_s), b: data.sync.next_run_s ? HIP.moment(data.sync.next_run_s) : say('none')}));
    table($('t-files'), [['lName', 'whole'], ['lRead', ''], ['lNew', 'n'], ['lKnown', 'n'], ['lIgnored', 'n'], ['lAside', 'n'], ['lArchived', '']],
      data.files.map(function (f) {
        return [[['main', f.name], ['minor', HIP.bytes(f.size)]], HIP.ago(f.read_s, data.now_s), HIP.number(f['new']), HIP.number(f.known), HIP.number(f.ignored),
          [[f.rejected ? 'warn' : '', HIP.number(f.rejected)]], f.archived_as || say('lNotYet')];
      }));
    $('e-files').hidden = data.files.length > 0;
  }

  /* The vendor's own database. */
  function vendor() {
    var v = data.access, n = function (count, warn) { return [[warn && count > 0 ? 'warn' : '', HIP.number(count)]]; };
    $('vendor').hidden = !v.path;
    if (!v.path) return;
    table($('t-vendor'), [['lName', 'whole'], ['lRead', ''], ['tLast', ''], ['lNew', 'n'], ['lKnown', 'n'], ['lAside', 'n'], ['vTyped', 'n'], ['vPages', 'n']], [[
      [['main', v.path], ['minor', v.bytes ? HIP.bytes(v.bytes) : ''], ['trouble', HIP.reason(v, 'problem')]],
      HIP.ago(v.read_s, data.now_s), HIP.wallText(v.last_punch, data.today.date), n(v['new']), n(v.known), n(v.set_aside, true), n(v.typed),
      [['', HIP.number(v.pages)], ['minor', v.pages_waiting ? say('vWaiting', {n: v.pages_waiting}) : ''], ['warn', v.pages_damaged ? say('vDamaged', {n: v.pages_damaged}) : '']],
    ]]);
  }

  function aside() {
    table($('t-rejected'), [['aAt', 'k'], ['aFrom', 'k'], ['aLine', 'line whole'], ['aReason', '']],
      data.rejected.map(function (r) { return [HIP.moment(r.at_s), r.sn || say('none'), r.line || '', HIP.reason(r, 'reason')]; }));
    table($('t-refused'), [['aAt', 'k'], ['aFrom', 'k'], ['aPunch', 'k'], ['aReason', '']],
      data.refused.map(function (r) { return [HIP.moment(r.at_s), r.sn || say('none'), HIP.wallText(r.punch, data.today.date), (r.code ? r.code + ': ' : '') + HIP.reason(r, 'reason')]; }));
    $('aside').hidden = data.rejected.length + data.refused.length === 0;
  }

  function facts() {
    var u = data.uploader, none = say('none'), trip = u.round_trip_us === null ? none :
      HIP.format('ms', function () { return new Intl.NumberFormat(HIP.locale, {style: 'unit', unit: 'millisecond', maximumFractionDigits: 1}); }).format(u.round_trip_us / 1000);
    var days = u.tls_days_left, ends = days === null ? none :
      say(days < 0 ? 'certificatePast' : 'certificateLeft', {n: Math.abs(days), at: HIP.date('day', {year: 'numeric', month: 'short', day: 'numeric'}, u.tls_until_s * 1000)});
    var all = [['dState', u.state ? say('state_' + u.state) : none], ['dHost', u.host || none], ['dServer', u.server || none], ['dTls', HIP.reason(u, 'tls') || none],
      ['dIssuer', u.tls_issuer || none], ['dUntil', ends],
      ['dSuccess', HIP.ago(u.last_success_s, data.now_s)], ['dError', HIP.reason(u, 'last_error') || none], ['dTrip', trip],
      ['dRows', HIP.number(u.rows_today)], ['dKept', HIP.number(data.outbox.uploaded)], ['dSize', HIP.bytes(data.outbox.bytes)]];
    var list = $('facts');
    all.forEach(function (fact, i) {
      var box = list.children[i];
      if (!box) {
        box = make('div');
        box.append(make('dt'), make('dd'));
        box.children[1].id = 'd-' + fact[0];
        list.append(box);
      }
      set(box.children[0], say(fact[0]));
      set(box.children[1], fact[1]);
      box.hidden = u.state === 'not configured' && fact[1] === none; /* a new installation has nothing of these */
    });
    $('d-dUntil').classList.toggle('warn', data.concerns.some(function (c) { return c.code === 'certificate_ends' || c.code === 'certificate_ended'; }));
  }

  /* ---- pictures ---- */

  /* Draws only what is new: other figures, another language, another width. */
  function picture(name, figures, draw) {
    var place = $('p-' + name), state = JSON.stringify([figures, HIP.locale, HIP.language, place.clientWidth]);
    if (drawn[name] === state) return;
    drawn[name] = state;
    draw(place);
  }

  function plainTable(id, head, rows) {
    var element = $(id), body = document.createElement('tbody'), top = document.createElement('thead'), headRow = top.insertRow();
    head.forEach(function (text) {
      var th = make('th', '', text);
      th.scope = 'col';
      headRow.append(th);
    });
    rows.forEach(function (row) {
      var tr = body.insertRow(), th = make('th', '', row[0]);
      th.scope = 'row';
      tr.append(th);
      row.slice(1).forEach(function (text) { tr.insertCell().textContent = text; });
    });
    element.replaceChildren(top, body);
  }

  function hourText(ms) { return HIP.date('hour', {hour: '2-digit', minute: '2-digit', timeZone: 'UTC'}, ms); }

  function pictures() {
    var from = HIP.wall(data.hours.from), series = data.hours.series.map(function (one, i) {
      return {name: one.name || one.sn || say('others'), colour: 'c' + (one.sn ? i : 7), values: one.punches};
    });
    var hours = 192, skip = 24, at = function (i) { return from + i * 3600000; };
    var total = function (i) { return series.reduce(function (sum, one) { return sum + one.values[i]; }, 0); };
    var day = function (kind, options, ms) { return HIP.date(kind, Object.assign({timeZone: 'UTC'}, options), ms); };
    var totals = [];
    for (var i = 0; i < hours; i++) totals.push(total(i));
    var some = function (values) { return values.some(function (value) { return value > 0; }); };
    var has = {
      hours: some(totals.slice(skip)), today: some(totals.slice(0, 24)) || some(totals.slice(168)),
      depth: data.outbox.waiting > 0 || data.samples.some(function (one) { return one.waiting > 0; }),
      delay: data.delays.some(function (one) { return one.punches > 0; }),
    };
    ['hours', 'today', 'depth', 'delay'].forEach(function (name) { $('s-' + name).hidden = !has[name]; });
    $('trio').hidden = !has.today && !has.depth && !has.delay;

    if (has.hours) picture('hours', data.hours, function (place) {
      var days = [];
      for (var d = 1; d < 8; d++) days.push({text: day('d1', {weekday: 'narrow'}, at(d * 24)), title: day('d2', {weekday: 'short', day: 'numeric'}, at(d * 24))});
      HIP.draw.stack(place, say('hoursTitle'), series.map(function (one) { return {name: one.name, colour: one.colour, values: one.values.slice(skip)}; }), days, function (k) {
        var lines = [day('d3', {weekday: 'long', day: 'numeric', month: 'long'}, at(k + skip)) + ', ' + hourText(at(k + skip))];
        series.forEach(function (one) { if (one.values[k + skip]) lines.push(one.name + ': ' + HIP.number(one.values[k + skip])); });
        return lines.join('\n');
      });
      HIP.draw.legend($('l-hours'), series.map(function (one) { return [one.colour, one.name]; }));
      var rows = [];
      for (var k = hours - 1; k >= skip; k--) {
        if (totals[k]) rows.push([day('d4', {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'}, at(k)), HIP.number(totals[k])].concat(series.map(function (one) { return HIP.number(one.values[k]); })));
      }
      plainTable('t-hours', [say('hour'), say('total')].concat(series.map(function (one) { return one.name; })), rows);
    });

    if (has.today) picture('today', totals, function (place) {
      var now = totals.slice(168), before = totals.slice(0, 24);
      set($('today-lead'), say('todayLead', {a: day('d5', {weekday: 'long', day: 'numeric', month: 'long'}, at(168)), b: day('d6', {day: 'numeric', month: 'long'}, at(0))}));
      HIP.draw.pair(place, say('todayTitle'), now, before, function (k) { return hourText(at(k)); }, function (k) {
        return hourText(at(k)) + '\n' + say('today') + ': ' + HIP.number(now[k]) + '\n' + say('before') + ': ' + HIP.number(before[k]);
      });
      HIP.draw.legend($('l-today'), [['now', say('today')], ['before', say('before')]]);
      plainTable('t-today', [say('hour'), say('today'), say('before')], now.map(function (n, k) { return [hourText(at(k)), HIP.number(n), HIP.number(before[k])]; }));
    });

    var age = data.outbox.oldest_waiting_s === null ? 0 : Math.max(data.now_s - data.outbox.oldest_waiting_s, 0);
    var minute = Math.floor(data.now_s / 60) * 60, samples = data.samples.concat([{at_s: data.now_s, waiting: data.outbox.waiting, age_s: age}]);
    if (has.depth) picture('depth', [data.samples, data.outbox.waiting, minute], function (place) {
      HIP.draw.depth(place, say('depthTitle'), samples, data.now_s - 86400, data.now_s, [say('waiting'), say('age')], function (at) { return HIP.date('time', {hour: '2-digit', minute: '2-digit'}, at * 1000); });
      plainTable('t-depth', [say('time'), say('waiting'), say('age')], samples.slice().reverse().map(function (one) { return [HIP.moment(one.at_s), HIP.number(one.waiting), HIP.duration(one.age_s)]; }));
    });

    if (has.delay) picture('delay', data.delays, function (place) {
      var rows = data.delays.map(function (one) { return {name: one.up_to_s === null ? say('delayMore') : say('delayUpTo', {d: HIP.duration(one.up_to_s)}), value: one.punches}; });
      HIP.draw.bars(place, say('delayTitle'), rows);
      plainTable('t-delay', [say('delay'), say('punches')], rows.map(function (row) { return [row.name, HIP.number(row.value)]; }));
    });
  }

  /* ---- the whole ---- */

  function fresh() {
    set($('fresh'), data ? say('fresh', {at: HIP.date('clock', {hour: '2-digit', minute: '2-digit', second: '2-digit'}, data.now_s * 1000)}) : '');
  }

  function show() {
    headline();
    if (!data) return;
    fresh();
    concerns();
    figures();
    steps();
    terminals();
    pull();
    files();
    vendor();
    aside();
    pictures();
    facts();
  }

  function speak(language) {
    HIP.setLanguage(language);
    document.documentElement.lang = HIP.language;
    document.querySelectorAll('[data-t]').forEach(function (element) { set(element, say(element.dataset.t)); });
    document.querySelectorAll('[data-label="language"]').forEach(function (element) { element.setAttribute('aria-label', say('language')); });
    document.querySelectorAll('button[data-lang]').forEach(function (button) { button.setAttribute('aria-pressed', String(button.dataset.lang === HIP.language)); });
    show();
  }

  function kept() {
    try { return localStorage.getItem('hipbridge.language'); } catch (e) { return null; }
  }

  function preferred() {
    var found = (navigator.languages || [navigator.language]).map(function (tag) { return String(tag).toLowerCase().split('-')[0]; })
      .find(function (tag) { return HIP.words[tag]; });
    return found || 'en';
  }

  document.querySelectorAll('button[data-lang]').forEach(function (button) {
    button.addEventListener('click', function () {
      try { localStorage.setItem('hipbridge.language', button.dataset.lang); } catch (e) { /* it is kept for this visit */ }
      speak(button.dataset.lang);
    });
  });

  function look() {
    clearTimeout(timer);
    var control = new AbortController(), limit = setTimeout(function () { control.abort(); }, EVERY_MS);
    fetch('status.json', {cache: 'no-store', signal: control.signal}).then(function (answer) {
      if (answer.ok) return answer.json();
      /* 503 with the reason: the service is there and cannot read its outbox. Else it is on its way out or in. */
      return answer.text().then(function (text) { throw Object.assign(new Error(text), {told: answer.status === 503 ? text : ''}); });
    }).then(function (said) {
      data = said;
      gone = 0;
      trouble = '';
    }, function (error) {
      gone++;
      trouble = error.told || '';
    }).then(function () {
      clearTimeout(limit);
      show();
      timer = setTimeout(look, gone && gone < PATIENCE ? 1000 : document.hidden ? HIDDEN_MS : EVERY_MS);
    });
  }

  /* On paper nothing can be opened: the tables are there, and closed again afterwards. */
  var opened = [];
  window.addEventListener('beforeprint', function () {
    opened = [].slice.call(document.querySelectorAll('details:not([open])'));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener('afterprint', function () { opened.forEach(function (details) { details.open = false; }); });
  document.addEventListener('visibilitychange', function () { if (!document.hidden) look(); });
  new ResizeObserver(function () { if (data) requestAnimationFrame(pictures); }).observe(document.querySelector('main'));
  speak(kept() || preferred());
  look();
})();
