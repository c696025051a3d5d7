/** Where the player's script lies; its name is part of every real player's address. */
export const playerPath = "/s/player/5a3b1e77/player_ias.vflset/en_US/base.js";

/** The script of the embedding API, which clients without a watch page read for the player's version. */
export const iframeScript = String.raw`var scriptUrl = "https:\/\/www.youtube.com\/s\/player\/5a3b1e77\/www-widgetapi.vflset\/www-widgetapi.js";
`;

/** The signature timestamp, by which a client says which player's challenges it has solved. */
export const signatureTimestamp = 20_600;

/**
 * A player script for a solver to find two challenges in: the class with `set`, `get` and `clone` rewrites `n`, and the
 * function that sets `alr` unscrambles the signature. `solveN` and `solveSignature` are the same functions for the origin.
 * The script has at least `bytes` characters; a real one has some 2.5 million, all of which a solver parses.
 */
export function playerScript(bytes = 0): string {
  const filler: string[] = [];
  // Functions that are never called: a solver calls few of a real player's either.
  for (let length = 0; length < bytes; length += filler.at(-1)?.length ?? 0) {
    const name = `f${filler.length}`;
    filler.push(
      `g.${name}=function(a,b){var c=a||{},d=[];for(var e=0;e<b.length;e++){var f=b[e];if(f&&f.type==="${name}"){d.push(f.value*${filler.length}+e);c[f.name]=function(h){return h?h.call(c,d[e]):null}}else switch(f){case 1:d=d.concat(a.slice(e));break;default:c.count=(c.count||0)+1}}return{items:d,state:c,id:"${name}"}};\n`,
    );
  }
  return `${scriptStart}${filler.join("")}${scriptEnd}`;
}

const scriptStart = `var _yt_player={};(function(g){var window=this;
var meta={signatureTimestamp:${signatureTimestamp}};
`;
const scriptEnd = `function Address(base){this.base=base;this.fields={}}
Address.prototype.set=function(name,value){this.fields[name]=value};
Address.prototype.get=function(name){return this.fields[name]};
Address.prototype.clone=function(){return this};
Address.prototype.solve=function(){if(this.fields.n){var n=this.fields.n.split("");this.fields.n="S"+n.slice(5).concat(n.slice(0,5)).reverse().join("")}};
var build=function(url,name,scrambled){var address=new Address(url);address.set("alr","yes");if(scrambled){scrambled=decodeURIComponent(scrambled).split("").slice(3).reverse().join("");address.set(name,encodeURIComponent(scrambled))}return address};
g.build=build;
})(_yt_player);
`;

const nLength = 17;
const signatureLength = 40;

/** The challenge in the `n` of a video's media addresses. The same each time, so that saved addresses stay good. */
export function nChallenge(videoId: string): string {
  return letters(`n:${videoId}`, nLength);
}

/** What the player's script makes of an `n`. */
export function solveN(challenge: string): string {
  const rotated = challenge.slice(5) + challenge.slice(0, 5);
  return `S${reverse(rotated)}`;
}

/** The scrambled signature of one of a video's formats. */
export function signatureChallenge(videoId: string, itag: number): string {
  return letters(`s:${videoId}:${itag}`, signatureLength);
}

/** What the player's script makes of a scrambled signature. */
export function solveSignature(challenge: string): string {
  return reverse(challenge.slice(3));
}

function reverse(text: string): string {
  return [...text].reverse().join("");
}

/** Pseudo-random letters, determined by the seed (FNV-1a, stepped). */
function letters(seed: string, length: number): string {
  let hash = 0x811c9dc5;
  for (const character of seed) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  let text = "";
  while (text.length < length) {
    hash = Math.imul(hash ^ text.length, 0x01000193);
    text += String.fromCharCode(97 + ((hash >>> 8) % 26));
  }
  return text;
}
