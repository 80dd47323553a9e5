import type { TrainRecord } from "../study/train-record.js";
export const trainPage = (_r: TrainRecord, _o: { beside?: TrainRecord | undefined; replay?: string }): string => "";
