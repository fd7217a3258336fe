// The types that our dashboards must have: @grafana/schema's, with words in place of the members of its enums, because
// JSON has words, and with the options of each kind of panel.
import type * as schema from "@grafana/schema";
import type * as stat from "@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen.d.ts";
import type * as series from "@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.d.ts";
import type * as bars from "@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen.d.ts";
import type * as table from "@grafana/schema/dist/types/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen.d.ts";

type Words<T> = T extends string
  ? `${T}`
  : T extends readonly (infer E)[]
    ? Words<E>[]
    : T extends object
      ? { [K in keyof T]: Words<T[K]> }
      : T;

type Source = { type: "prometheus"; uid: string };
// What Grafana's data source of Prometheus reads from a target and from an annotation.
type Target = {
  refId: string;
  datasource: Source;
  expr: string;
  legendFormat: string;
  instant?: boolean;
  range?: boolean;
  format?: "time_series" | "table" | "heatmap";
};
type Mark = Words<Omit<schema.AnnotationQuery, "datasource">> & {
  datasource: Source;
  expr: string;
  step: string;
  titleFormat: string;
  textFormat: string;
  useValueForTime: boolean;
};

type AnyPanel = Words<Omit<schema.Panel, "targets" | "options" | "fieldConfig">> & {
  targets: Target[];
  options: object;
  fieldConfig: { defaults: Words<schema.FieldConfig<object>>; overrides: Words<schema.FieldConfigSource["overrides"]> };
};
type Panel<Kind extends string, Options, Custom> = Omit<AnyPanel, "type" | "options" | "fieldConfig"> & {
  type: Kind;
  options: Words<Options>;
  fieldConfig: {
    defaults: Words<Omit<schema.FieldConfig<object>, "custom">> & { custom?: Words<Custom> };
    overrides: AnyPanel["fieldConfig"]["overrides"];
  };
};

export type StatPanel = Panel<"stat", Partial<stat.Options>, never>;
export type TimeSeriesPanel = Panel<"timeseries", Partial<series.Options>, Partial<series.FieldConfig>>;
export type BarGaugePanel = Panel<"bargauge", Partial<bars.Options>, never>;
export type TablePanel = Panel<"table", Partial<table.Options>, Partial<table.FieldConfig>>;
export type Dashboard = Omit<Words<schema.Dashboard>, "panels" | "annotations"> & {
  panels: (AnyPanel | Words<schema.RowPanel>)[];
  annotations: { list: Mark[] };
};
