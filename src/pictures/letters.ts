/**
 * The printable characters of ASCII from `!` on, as strokes of a pen: the Roman Simplex letters that A. V. Hershey drew at the U.S.
 * National Bureau of Standards (1967), which are free to use with this acknowledgement. A letter is its width, then strokes with
 * spaces between; each point is two digits of base 44: x, and y downward from 25 above the feet of the capitals.
 */
const LETTERS =
  'a545i 5n4o5p6o5n,g444b c4cb,mb04w h0aw 4did 3jhj,k808t c0ct h7f5c4845537394b5c7ddffgghhjhmfocp8p5o3m,' +
  'ol43p 84a6a89a7b5b3937456484a5d6g6j5l4 hifjelengpipkolmlkjihi,' +
  'qndncmblbkcjehjfmdobp7p5o4n3l3j4h5gccdbe9e7d5b49587899cbfgmiokpmpnonn,a5645546567594a,eb09275594e4i5n7r9ubw,' +
  'e30527599aeai9n7r5u3w,g8a8m 3ddj dd3j,qd7dp 4gmg,85l4m3l4k5l5n3p,q4gmg,84k3l4m5l4k,mk02w,' +
  'k9465483d3g4l6o9pbpeoglhghdg8e5b494,k6887b4bp,k4948566584c4e5f6g8gafcdf3php,k54g4acdcfdgehhhjgmeobp8p5o4n3l,' +
  'kd43iii d4dp,kf4544d5c8bbbecgehhhjgmeobp8p5o4n3l,kg7f5c4a475584d4i5m7oapbpeogmhjhigfedbcac7d5f4i,kh47p 34h4,' +
  'k845547495b7cbdeegghihlgnfocp8p5o4n3l3i4g6e9ddcfbg9g7f5c484,kgbfedgah9h6g4e3b3a476594a4d5f7gbggfldoap8p5o4m,' +
  '84d3e4f5e4d 4k3l4m5l4k,84d3e4f5e4d 5l4m3l4k5l5n3p,ok74gkp,q4dmd 4jmj,o47kg4p,' +
  'i3938465574b4d5e6f8faecdd9f9i 9n8o9pao9n,' +
  'sichaf9c9aa9b8e8h9jbkekgjhh c9ab9e9hajbk i9hhhjjklkniofodnam8k6i5f4c49576584a3d3g4j5l7n9ocpfpioknlm j9ihijjk,' +
  'i941p 94hp 4iei,k444p 44d4g5h6i8iahcgdde 4edegfhgiiilhngodp4p,mi9h7f5d4947557493c3h4k5m7o9pdpfohmik,' +
  'k444p 44b4e5g7h9icihhkgmeobp4p,i444p 44h4 4ece 4php,g444p 44h4 4ece,' +
  'mi9h7f5d4947557493c3h4k5m7o9pdpfohmikih dhih,m444p i4ip 4eie,8444p,gc4ckbnao8p6p4o3n2k2i,k444p i44i 9dip,' +
  'e444p 4pgp,o444p 44cp k4cp k4kp,m444p 44ip i4ip,m947557493c3h4k5m7o9pdpfohmikjhjci9h7f5d494,' +
  'k444p 44d4g5h6i8ibhdgedf4f,m947557493c3h4k5m7o9pdpfohmikjhjci9h7f5d494 clir,k444p 44d4g5h6i8iahcgdde4e beip,' +
  'kh7f5c4845537394b5c7ddffgghhjhmfocp8p5o3m,g848p 14f4,m444j5m7oapcpfohmiji4,i149p h49p,o247p c47p c4hp m4hp,' +
  'k34hp h43p,i149e9p h49e,kh43p 34h4 3php,e404w 505w 40b0 4wbw,e04es,e909w a0aw 30a0 3waw,g820g 82gg,i0wiw,' +
  '8593b3d4e5d4c3d,kfbfp fedcbb8b6c4e3h3j4m6o8pbpdofm,i444p 4e6c8bbbdcfeghgjfmdobp8p6o4m,' +
  'ifedcbb8b6c4e3h3j4m6o8pbpdofm,kf4fp fedcbb8b6c4e3h3j4m6o8pbpdofm,i3hfhffeddcbb8b6c4e3h3j4m6o8pbpdofm,' +
  'ea48465585p 2b9b,kfbfreudvbw8w6v fedcbb8b6c4e3h3j4m6o8pbpdofm,k444p 4f7c9bcbecfffp,83445544334 4b4p,' +
  'a5465746354 6b6s5v3w1w,g444p eb4l 8hfp,8444p,u4b4p 4f7c9bcbecfffp ffickbnbpcqfqp,k4b4p 4f7c9bcbecfffp,' +
  'k8b6c4e3h3j4m6o8pbpdofmgjghfedcbb8b,i4b4w 4e6c8bbbdcfeghgjfmdobp8p6o4m,kfbfw fedcbb8b6c4e3h3j4m6o8pbpdofm,' +
  'c4b4p 4h5e7c9bcb,ieedcab7b4c3e4g6hbidjelemdoap7p4o3m,e545l6o8pap 2b9b,k4b4l5o7papcofl fbfp,g2b8p eb8p,' +
  'm3b7p bb7p bbfp jbfp,i3bep eb3p,g2b8p eb8p6t4v2w1w,ieb3p 3beb 3pep,' +
  'e907162545668798b8d6f 71636577889a9c8e4g8i9k9m8o7p6r6t7v 6h8j8l7n6o5q5s6u7v9w,8404w,' +
  'e507182949688796b6d8f 71838577685a5c6eag6i5k5m6o7p8r8t7v 8h6j6l7n8o9q9s8u7v5w,' +
  'o3j3h4e6d8daeehgiiikhlf 3h4f6e8eafeigjijkilfld,' +
  'g040p1p14242p3p34444p5p54646p7p74848p9p94a4apbpb4c4cpdpd4e4epfpf4g4gp';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH';

export interface Letter {
  readonly width: number;
  /** Lines through points x, y; y is 0 at the foot of the capitals, -21 at their top. */
  readonly strokes: readonly (readonly (readonly [x: number, y: number])[])[];
}

let letters: ReadonlyMap<string, Letter> | undefined;

function readLetters(): ReadonlyMap<string, Letter> {
  const digit = (text: string, at: number) => DIGITS.indexOf(text[at]!);
  const read = (text: string): Letter => ({
    width: digit(text, 0),
    strokes: text
      .slice(1)
      .split(' ')
      .map((line) =>
        Array.from({ length: line.length / 2 }, (_, i) => [digit(line, 2 * i), digit(line, 2 * i + 1) - 25] as const),
      ),
  });
  const drawn = LETTERS.split(',').map((text, i) => [String.fromCharCode(33 + i), read(text)] as const);
  return new Map([[' ', { width: 16, strokes: [] }], ...drawn]);
}

/** The strokes of a character; those of a question mark for one that was not drawn. */
export function letterOf(character: string): Letter {
  letters ??= readLetters();
  return letters.get(character) ?? letters.get('?')!;
}
