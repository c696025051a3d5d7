import { z } from "zod";

const numeric = z.coerce.number().finite().nullable().catch(null).default(null);
/** What ffprobe says of a file, as far as it is used. */
export const ProbedFile = z.object({
  format: z.object({ format_name: z.string(), duration: numeric, start_time: numeric }),
  streams: z
    .array(
      z.object({
        codec_type: z.string().default("other"),
        codec_name: z.string().default("unknown"),
        profile: z.string().nullable().catch(null).default(null),
        codec_tag_string: z.string().nullable().catch(null).default(null),
        width: numeric,
        height: numeric,
        avg_frame_rate: z.string().default("0/0"),
        duration: numeric,
        start_time: numeric,
        has_b_frames: numeric,
        pix_fmt: z.string().nullable().default(null),
        color_transfer: z.string().nullable().default(null),
        channels: numeric,
        bits_per_raw_sample: numeric,
        bits_per_sample: numeric,
        side_data_list: z.array(z.object({ rotation: numeric })).default([]),
        tags: z
          .object({ DURATION: z.string().nullish().catch(null), language: z.string().nullish().catch(null) })
          .default({ DURATION: null, language: null }),
        disposition: z
          .object({ attached_pic: z.number().default(0), default: z.number().default(0) })
          .default({ attached_pic: 0, default: 0 }),
      }),
    )
    .max(256),
  chapters: z.array(z.unknown()).default([]),
});
/** Only the entries that are used: a file may have megabytes of tags and hundreds of attachments. */
export const probedEntries = [
  "format=format_name,duration,start_time",
  "stream=codec_type,codec_name,profile,codec_tag_string,width,height,avg_frame_rate,duration,start_time,has_b_frames,pix_fmt,color_transfer,channels,bits_per_raw_sample,bits_per_sample",
  "stream_side_data=rotation",
  "stream_disposition=attached_pic,default",
  "stream_tags=language,DURATION",
  "chapter=id",
].join(":");
/** Decoders of sound begin up to so much before what is to be heard, in seconds. */
export const primingSeconds = 0.1;
export type Probed = z.infer<typeof ProbedFile>;
export type ProbedStream = Probed["streams"][number];
