export { cronerCalendar } from "./calendar.ts";
