'use strict';
/* The pictures: SVG at the size of its place, drawn anew when the place or the figures change. */
(function () {
  var HIP = window.HIP, NS = 'http://www.w3.org/2000/svg';

  function node(parent, name, attributes, text) {
    var made = document.createElementNS(NS, name);
    for (var key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    parent.appendChild(made);
    return made;
  }

  /* How high a picture is, and in how many steps: the fewest whole steps of 1, 2, 2.5, 5 … that hold the value. */
  function ceiling(value) {
    var power = Math.pow(10, Math.max(Math.floor(Math.log10(Math.max(value, 1))) - 1, 0));
    var step = [1, 2, 2.5, 5, 10, 20, 25, 50].map(function (f) { return f * power; })
      .find(function (one) { return one % 1 === 0 && one * 5 >= value; });
    var steps = Math.max(Math.ceil(value / step), 2);
    return {top: step * steps, steps: steps};
  }

  function begin(place, label) {
    var width = Math.max(place.clientWidth, 200), height = place.clientHeight;
    var svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    place.replaceChildren(svg);
    return {svg: svg, left: 38, right: width - 4, top: 8, bottom: height - 24, width: width, height: height};
  }

  function scale(frame, most, format) {
    var top = most.top, steps = most.steps;
    for (var i = 0; i <= steps; i++) {
      var value = top * i / steps, y = frame.bottom - (frame.bottom - frame.top) * i / steps;
      node(frame.svg, 'line', {x1: frame.left, x2: frame.right, y1: y, y2: y, 'class': i ? 'grid' : 'base'});
      node(frame.svg, 'text', {x: frame.left - 7, y: y + 4, 'text-anchor': 'end'}, format(value));
    }
  }

  /* A whole time that holds the value. */
  function span(seconds) {
    return [60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600].find(function (one) { return one >= seconds; }) || Math.ceil(seconds / 86400) * 86400;
  }

  function short(value) {
    return HIP.format('compact', function () { return new Intl.NumberFormat(HIP.locale, {notation: 'compact', maximumFractionDigits: 1}); }).format(value);
  }

  HIP.draw = {
    /* series: [{name, colour, values}]; days: [{text, title}] for each 24 values; title(i) tells of a column. */
    stack: function (place, label, series, days, title) {
      var f = begin(place, label), count = series.length ? series[0].values.length : days.length * 24, most = 0;
      for (var i = 0; i < count; i++) most = Math.max(most, series.reduce(function (sum, one) { return sum + one.values[i]; }, 0));
      var whole = ceiling(most), top = whole.top, step = (f.right - f.left) / count, bar = Math.max(step - (step > 5 ? 1.2 : 0.4), 0.8);
      scale(f, whole, short);
      days.forEach(function (day, d) {
        var x = f.left + d * 24 * step;
        if (d) node(f.svg, 'line', {x1: x, x2: x, y1: f.top, y2: f.bottom, 'class': 'day'});
        node(f.svg, 'text', {x: x + 12 * step, y: f.height - 6, 'text-anchor': 'middle', 'class': d === days.length - 1 ? 'strong' : ''}, 24 * step < 62 ? day.text : day.title);
      });
      for (i = 0; i < count; i++) {
        var y = f.bottom, x = f.left + i * step, any = false;
        series.forEach(function (one) {
          var h = one.values[i] / top * (f.bottom - f.top);
          if (!h) return;
          any = true;
          y -= h;
          node(f.svg, 'rect', {x: x + (step - bar) / 2, y: y, width: bar, height: h, 'class': one.colour});
        });
        if (any) node(node(f.svg, 'rect', {x: x, y: f.top, width: step, height: f.bottom - f.top, 'class': 'hit'}), 'title', {}, title(i));
      }
    },

    /* Bars for today, a line for the day before; hours of the day below. */
    pair: function (place, label, now, before, hours, title) {
      var f = begin(place, label), whole = ceiling(Math.max.apply(null, now.concat(before))), top = whole.top, step = (f.right - f.left) / 24;
      var at = function (value) { return f.bottom - value / top * (f.bottom - f.top); }, path = 'M' + f.left + ' ' + at(before[0]);
      scale(f, whole, short);
      for (var i = 0; i < 24; i++) {
        if (now[i]) node(f.svg, 'rect', {x: f.left + i * step + step * 0.14, y: at(now[i]), width: step * 0.72, height: f.bottom - at(now[i]), 'class': 'now'});
        path += 'V' + at(before[i]) + 'H' + (f.left + (i + 1) * step);
        if (i % 6 === 0) node(f.svg, 'text', {x: f.left + i * step, y: f.height - 6, 'text-anchor': i ? 'middle' : 'start'}, hours(i));
      }
      node(f.svg, 'path', {d: path, 'class': 'before'});
      for (i = 0; i < 24; i++) node(node(f.svg, 'rect', {x: f.left + i * step, y: f.top, width: step, height: f.bottom - f.top, 'class': 'hit'}), 'title', {}, title(i));
    },

    /* Two small pictures above each other on one axis of time: how many waited, and how long the oldest had. */
    depth: function (place, label, samples, from, to, names, clock) {
      var f = begin(place, label), half = (f.bottom - f.top) / 2, x;
      f.left = 62;
      x = function (at) { return f.left + (at - from) / (to - from) * (f.right - f.left); };
      [['waiting', f.top + 14, short], ['age_s', f.top + half + 20, HIP.duration]].forEach(function (part, p) {
        var high = part[1], low = high + half - 26, most = samples.reduce(function (m, one) { return Math.max(m, one[part[0]]); }, 0);
        var top = p ? span(most) : ceiling(most).top, y = function (v) { return low - v / top * (low - high); };
        node(f.svg, 'text', {x: f.left, y: high - 6}, names[p]);
        node(f.svg, 'text', {x: f.left - 6, y: high + 4, 'text-anchor': 'end'}, part[2](top));
        node(f.svg, 'text', {x: f.left - 6, y: low + 4, 'text-anchor': 'end'}, short(0));
        node(f.svg, 'line', {x1: f.left, x2: f.right, y1: high, y2: high, 'class': 'grid'});
        node(f.svg, 'line', {x1: f.left, x2: f.right, y1: low, y2: low, 'class': 'base'});
        if (!samples.length) return;
        var line = samples.map(function (one, i) { return (i ? 'L' : 'M') + x(one.at_s).toFixed(1) + ' ' + y(one[part[0]]).toFixed(1); }).join('');
        node(f.svg, 'path', {d: line + 'V' + low + 'H' + x(samples[0].at_s).toFixed(1) + 'Z', 'class': 'area'});
        node(f.svg, 'path', {d: line, 'class': 'edge'});
      });
      var parts = f.right - f.left < 300 ? 2 : 4;
      for (var i = 0; i <= parts; i++) {
        var at = from + (to - from) * i / parts;
        node(f.svg, 'text', {x: i === parts ? f.right : x(at), y: f.height - 6, 'text-anchor': i === 0 ? 'start' : i === parts ? 'end' : 'middle'}, clock(at));
      }
    },

    /* rows: [{name, value}]: bars from the left. */
    bars: function (place, label, rows) {
      var f = begin(place, label), most = rows.reduce(function (m, row) { return Math.max(m, row.value); }, 1), high = f.height / rows.length;
      var left = Math.min(Math.max.apply(null, rows.map(function (row) { return row.name.length; })) * 6.6 + 10, f.width * 0.42), room = f.width - left - 52;
      rows.forEach(function (row, i) {
        var y = i * high;
        node(f.svg, 'text', {x: 0, y: y + high / 2 + 4}, row.name);
        node(f.svg, 'rect', {x: left, y: y + high * 0.22, width: room, height: high * 0.56, rx: 3, 'class': 'track'});
        if (row.value) node(f.svg, 'rect', {x: left, y: y + high * 0.22, width: Math.max(room * row.value / most, 3), height: high * 0.56, rx: 3, 'class': 'now'});
        node(f.svg, 'text', {x: f.width, y: y + high / 2 + 4, 'text-anchor': 'end', 'class': 'strong'}, HIP.number(row.value));
      });
    },

    /* entries: [[colour, text]] */
    legend: function (list, entries) {
      list.replaceChildren.apply(list, entries.map(function (entry) {
        var item = document.createElement('li'), svg = document.createElementNS(NS, 'svg');
        svg.setAttribute('viewBox', '0 0 13 13');
        svg.setAttribute('aria-hidden', 'true');
        if (entry[0] === 'before') node(svg, 'path', {d: 'M0 7H13', 'class': 'before'});
        else node(svg, 'rect', {width: 13, height: 13, rx: 3, 'class': entry[0]});
        item.append(svg, entry[1]);
        return item;
      }));
    },
  };
})();
