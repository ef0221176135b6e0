// What dashboards are made of. A panel's target is typed here, because `@grafana/schema` lets anything pass inside `targets`.
import type { Dashboard, Panel } from '@grafana/schema';

const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
const LOKI = { type: 'loki', uid: 'loki' };

/** An expression and what its line is called. */
export type Query = readonly [expr: string, legend: string];

type Target = { refId: string; expr: string; legendFormat: string; instant?: boolean };
type Unit = 'short' | 's' | 'reqps' | 'ops' | 'percentunit' | 'bytes' | 'bool_yes_no';
type Made = Panel & { width: number; height: number };

const targets = (queries: readonly Query[], instant = false): Target[] =>
  queries.map(([expr, legendFormat], n) => ({
    refId: String.fromCharCode(65 + n),
    expr,
    legendFormat,
    ...(instant ? { instant } : {}),
  }));

const sized = (panel: Panel, width: number, height: number): Made => ({ ...panel, width, height });

/** Lines over time. */
export const lines = (title: string, unit: Unit, ...queries: Query[]): Made =>
  sized(
    {
      type: 'timeseries',
      title,
      datasource: PROMETHEUS,
      fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } },
      targets: targets(queries),
    },
    8,
    8,
  );

/** One figure now; red from `bad` on. */
export const figure = (title: string, unit: Unit, bad: number | null, ...queries: Query[]): Made =>
  sized(
    {
      type: 'stat',
      title,
      datasource: PROMETHEUS,
      fieldConfig: {
        defaults: {
          unit,
          thresholds: {
            mode: 'absolute' as never,
            steps: [{ color: 'green', value: null as never }, ...(bad === null ? [] : [{ color: 'red', value: bad }])],
          },
        },
        overrides: [],
      },
      options: { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } },
      targets: targets(queries, true),
    },
    4,
    4,
  );

/** Lines of the log. */
export const log = (title: string, expr: string): Made =>
  sized({ type: 'logs', title, datasource: LOKI, options: { showTime: true, wrapLogMessage: true, dedupStrategy: 'signature' }, targets: targets([[expr, '']]) }, 24, 8);

// From left to right, a new line when the row of 24 is full.
const placed = (made: readonly Made[]): Panel[] => {
  let [x, y, lineHeight] = [0, 0, 0];
  return made.map(({ width, height, ...panel }, n) => {
    if (x + width > 24) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    return { ...panel, id: n + 1, gridPos };
  });
};

/** A dashboard; `byService` gives it a choice of services, `$service` in its expressions. */
export const dashboard = (uid: string, title: string, panels: readonly Made[], byService = false): Dashboard => ({
  uid: `chat-${uid}`,
  title: `Chat: ${title}`,
  tags: ['bigtech-chat'],
  schemaVersion: 41,
  editable: false,
  refresh: '30s',
  timezone: 'utc',
  time: { from: 'now-1h', to: 'now' },
  links: [
    { title: 'Chat', type: 'dashboards', tags: ['bigtech-chat'], asDropdown: true, icon: '', includeVars: false, keepTime: true, targetBlank: false, tooltip: '', url: '' },
  ],
  templating: {
    list: byService
      ? [
          {
            name: 'service',
            type: 'query',
            datasource: PROMETHEUS,
            query: 'label_values(up{job="chat"}, service)',
            includeAll: true,
            multi: true,
            allValue: '.*',
            current: { text: 'All', value: '$__all' },
          },
        ]
      : [],
  },
  panels: placed(panels),
});
