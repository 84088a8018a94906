'use strict';
/* The table of docs/events.md, or of docs/th/events.md where the page is read in Thai, each event with its number as the place
   that a link leads to. Set as text. */
(function () {
  function cells(line) { return line.split('|').slice(1, -1).map(function (cell) { return cell.trim(); }); }

  /* `code` and *stress*, and the text of [links](that.md), which is HTML on this PC; in one piece, which stands beside the cell's label where it is narrow. */
  function fill(place, text) {
    var cell = document.createElement('div');
    place.append(cell);
    text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/([\w-]+)\.md\b/g, '$1.html').split(/(`[^`]*`|\*+[^*]+\*+)/).forEach(function (part) {
      var name = part[0] === '`' ? 'code' : part[0] === '*' ? 'em' : '';
      if (!name) return cell.append(part);
      var made = document.createElement(name);
      made.textContent = part.replace(/^[`*]+|[`*]+$/g, '');
      cell.append(made);
    });
  }

  /* By the page's rules: what was chosen there, else the first of the browser's languages that we have. */
  function inThai() {
    var kept = null;
    try { kept = localStorage.getItem('hipbridge.language'); } catch (e) { /* nothing was kept */ }
    return (kept || (navigator.languages || [navigator.language]).map(function (tag) { return String(tag).toLowerCase().split('-')[0]; })
      .find(function (tag) { return tag === 'en' || tag === 'th'; })) === 'th';
  }

  if (inThai()) {
    document.documentElement.lang = 'th';
    document.title = 'HIP Bridge: เหตุการณ์';
    document.querySelector('h1').textContent = 'เหตุการณ์';
    document.querySelector('.tools a').textContent = 'หน้าสถานะ';
  }
  fetch(inThai() ? 'events.th.md' : 'events.md').then(function (answer) { return answer.text(); }).then(function (text) {
    var table = document.getElementById('events'), head = table.createTHead().insertRow(), body = table.createTBody();
    var lines = text.split('\n').filter(function (line) { return line[0] === '|'; });
    cells(lines[0]).forEach(function (words) {
      var th = document.createElement('th');
      th.scope = 'col';
      th.textContent = words;
      head.append(th);
    });
    lines.filter(function (line) { return /^\| \d{3} \|/.test(line); }).forEach(function (line) {
      var row = body.insertRow(), all = cells(line);
      row.id = all[0];
      all.forEach(function (words, i) {
        var cell = row.insertCell();
        cell.dataset.label = head.cells[i].textContent;
        fill(cell, words);
      });
    });
    var place = document.getElementById(location.hash.slice(1));
    if (place) {
      place.className = 'meant';
      place.scrollIntoView({block: 'center'});
    }
  });
})();
